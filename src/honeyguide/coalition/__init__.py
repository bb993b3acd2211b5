"""The coalition: the partners of a program and where they sell."""
