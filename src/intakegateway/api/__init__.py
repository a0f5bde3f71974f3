"""The REST API: a thin skin over the services."""
