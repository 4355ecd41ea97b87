"""How interactions read, and when a brand is in trouble."""
