"""Read models: what was said to each brand and how it was answered, folded from facts alone."""
