"""The fixtures of the use cases."""

from builders.shop import shop  # noqa: F401
