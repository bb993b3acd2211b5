"""How purchases earn: one kind of rule a file, listed in registry.py."""
