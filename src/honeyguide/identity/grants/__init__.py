"""The grants by which members get tokens at /oauth/token, a file each."""
