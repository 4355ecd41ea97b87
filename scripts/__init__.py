"""What the Makefile runs: locks, generated files, checks."""
