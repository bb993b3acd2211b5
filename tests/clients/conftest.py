"""Fixtures of this folder."""

from __future__ import annotations

from builders.npm import npm  # noqa: F401
