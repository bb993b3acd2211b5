"""The frame of every page that people open: one look, a strict policy, nothing kept, nothing told to others."""

from honeyguide.pages.frame import Frame, direction_of, page_css, wishes_of

__all__ = ["Frame", "direction_of", "page_css", "wishes_of"]
