"""What the inbox remembers."""
