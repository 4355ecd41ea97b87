"""What ingest talks to outside: the platforms."""
