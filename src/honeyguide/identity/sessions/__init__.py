"""Members sign in by a code sent to their address, and stay signed in by a refresh token that changes with each use."""
