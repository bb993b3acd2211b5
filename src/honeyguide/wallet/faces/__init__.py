"""What a card shows: the card is read, its face drawn, a template filled."""
