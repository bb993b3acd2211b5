"""Passes and their styles, checked before anybody sees them: `honeyguide pass check`, and what uploads are answered."""
