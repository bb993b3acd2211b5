"""GraphiQL in development: a page to try each API with, opened with operations that work."""
