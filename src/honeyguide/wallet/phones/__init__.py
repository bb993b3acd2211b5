"""What iPhones ask and say: the web service, its register, and what it notes."""
