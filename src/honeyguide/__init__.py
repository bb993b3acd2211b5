"""Honeyguide: the loyalty platform that a company runs itself."""
