"""The cards at Google Wallet: what lacks which change, and how it gets there."""
