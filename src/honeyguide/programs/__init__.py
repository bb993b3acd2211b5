"""The program file and what it means: earning, tiers, cashback, limits, texts; pure but for its store."""
