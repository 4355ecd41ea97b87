"""What one brand teaches: its words, and what is learnt from its corrections."""
