"""The trained model: what hashed n-grams say of a text."""
