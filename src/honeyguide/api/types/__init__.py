"""The types that the three audiences share, a file a subject."""
