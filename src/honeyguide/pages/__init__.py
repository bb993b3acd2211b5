"""The frame of every page that people open: one look, a strict policy, nothing kept, nothing told to others."""

from honeyguide.pages.frame import Frame, page_css, wishes_of

__all__ = ["Frame", "page_css", "wishes_of"]
