"""What scoring can be asked to do."""
