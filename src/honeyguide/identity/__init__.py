"""Identity: keys, tokens, credentials and who may do what."""
