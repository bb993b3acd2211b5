"""Trusted documents (D1): the operations of apps and tills that this server knows from its start, and answers by their id."""
