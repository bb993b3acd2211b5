"""The fixtures of the books."""

from builders.books import open_books, till  # noqa: F401
