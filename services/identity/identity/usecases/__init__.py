"""What people ask of identity, one module for each request."""
