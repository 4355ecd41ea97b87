"""Words worth knowing: keywords, phrases, what rises, and who says the same."""
