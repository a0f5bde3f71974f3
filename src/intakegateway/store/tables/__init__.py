"""The tables of the app database, by subject. Importing this module knows them all."""

from intakegateway.store.tables import definitions, people, runs, schedules, service
from intakegateway.store.tables.base import Table

__all__ = ["Table", "definitions", "people", "runs", "schedules", "service"]
