"""The inbox: what people said, in threads, and what the brand does about it."""
