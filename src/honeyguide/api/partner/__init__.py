"""What a partner (through its tills) may ask and do."""
