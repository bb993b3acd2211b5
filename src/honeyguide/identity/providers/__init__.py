"""Identity providers of the company's own: whose tokens let members and operators in."""
