"""What people write about a tea house that does not exist."""
