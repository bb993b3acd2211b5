"""Members: who they are, what names them, how they enrol."""
