"""What can be counted, and what can be asked."""
