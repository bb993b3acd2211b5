"""The pages on which people join, say who they are, and agree for a child; none needs a script."""
