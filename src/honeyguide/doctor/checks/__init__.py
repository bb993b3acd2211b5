"""One file a check; registry.py names them all."""
