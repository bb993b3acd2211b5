"""Apple Wallet: pass.json, the signed package, the push."""
