"""What the operator of a program may ask and do."""
