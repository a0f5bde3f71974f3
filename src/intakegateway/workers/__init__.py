"""Processes that wait for work."""
