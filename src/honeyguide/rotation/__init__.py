"""Sealed columns under the newest key: after it a former secret key opens nothing in the database any more."""
