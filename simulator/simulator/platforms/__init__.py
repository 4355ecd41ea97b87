"""One module per platform: what it sends, how it signs, and what its API answers."""
