"""The fixtures of the books, and the scene of a fault."""

from builders.books import open_books, till  # noqa: F401
from builders.scene import scene  # noqa: F401
