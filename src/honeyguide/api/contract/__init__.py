"""What apps rely on: the SDL, what was released of it, and the page of errors."""
