"""What an operator does by hand: within limits alone, above them with a second person, and never on his own account."""
