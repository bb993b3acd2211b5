"""Cards on phones: what a pass shows, and how Apple Wallet and Google Wallet come to show it."""
