"""`make demo`: everything on this machine, with a year of real purchases, two phones and no account anywhere."""
