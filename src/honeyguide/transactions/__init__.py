"""What a partner's till does: a use case a file."""
