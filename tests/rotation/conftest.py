"""A shop with members."""

from builders.shop import shop

__all__ = ["shop"]
