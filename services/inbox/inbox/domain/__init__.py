"""What a thread is and what may happen to it: decisions without a clock, a database or a framework."""
