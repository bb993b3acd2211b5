"""Certificates and accounts of single programs: sealed in the database, so that every process has a new one at once (X2)."""
