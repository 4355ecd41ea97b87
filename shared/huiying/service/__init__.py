"""A service is a value; this package runs it: the consumer loop, the application, the command line."""
