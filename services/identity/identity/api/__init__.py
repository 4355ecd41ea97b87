"""Identity's routes, one module for each resource."""
