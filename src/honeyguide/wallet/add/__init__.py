"""The page at which a customer adds the card, and the link to it."""
