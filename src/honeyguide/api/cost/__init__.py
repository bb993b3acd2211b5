"""What operations cost: worked out before they run, counted after, charged to who asks."""
