"""What is counted, how it is cut by calendar and dimension, and what each figure means: pure."""
