"""One module for each kind of connection, with its ``CONNECTOR``."""
