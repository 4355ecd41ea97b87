"""What may be subscribed to, and when what failed is tried again: pure."""
