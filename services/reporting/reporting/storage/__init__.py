"""The read models as they lie in the database."""
