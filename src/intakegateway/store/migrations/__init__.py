"""The history of the app database (Alembic)."""
