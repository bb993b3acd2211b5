"""What has served its time goes (R57): rows by the program's days, members who do not come any more; README.md of members says what."""
