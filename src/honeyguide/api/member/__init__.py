"""What a member (through a mobile app) may ask and do."""
