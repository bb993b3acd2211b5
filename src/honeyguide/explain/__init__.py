"""One transaction told to people of a finance department: `honeyguide explain`."""
