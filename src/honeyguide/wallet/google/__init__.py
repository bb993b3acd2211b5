"""Google Wallet: loyalty classes and objects over REST, and the links that save them to a phone."""
