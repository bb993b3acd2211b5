"""An error as a log may tell it: its kind and where it happened, never its message, which may quote a face or a row."""

from __future__ import annotations

import traceback
from pathlib import PurePath


def mishap(error: BaseException) -> str:
    """Such as `KeyError at face.py:120, called at publish.py:88`."""
    frames = traceback.extract_tb(error.__traceback__)[-2:]
    places = [f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in reversed(frames)]
    return f"{type(error).__name__} at {', called at '.join(places)}" if places else type(error).__name__
