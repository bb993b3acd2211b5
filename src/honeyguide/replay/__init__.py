"""Plays real purchases through the partner API: a client like any till's, with one table of its own for when it began."""
