"""The fixtures of the measurements."""

from builders.shop import shop  # noqa: F401
