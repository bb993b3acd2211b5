"""A person takes the data along (GDPR, Articles 15 and 20): everything that is held of a member, as JSON or PDF; README.md is its specification."""
