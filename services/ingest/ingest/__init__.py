"""The platform edge: takes in what platforms deliver, without losing any of it, and takes answers out, once."""
