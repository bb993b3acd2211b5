"""Messages on passes: what the program tells its members on their cards, each for a while."""
