"""How a change becomes a newer version of a pass, and who must hear of it."""
