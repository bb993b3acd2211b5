"""Backup and restore as an operator runs them; docs/backup-and-restore.md is the procedure."""
