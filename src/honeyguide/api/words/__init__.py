"""Sentences for people, in English and German."""
