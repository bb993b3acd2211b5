"""What an operator puts in the place of a template's files: kept by revision, taken up by running processes without a restart."""
