"""What the inbox does: one module per thing that a person or a fact could ask for."""
