"""What scoring calls that is not its own: a network of the operator's."""
