"""Which certificates sign and push whose passes, and who is warned before they end."""
