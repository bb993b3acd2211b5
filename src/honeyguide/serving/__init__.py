"""What stands between the socket and the routes: patience with slow clients, and which browsers' pages may read answers."""
