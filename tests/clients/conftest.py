"""Fixtures of this folder."""

from builders.npm import npm  # noqa: F401
from builders.on_socket import served  # noqa: F401
