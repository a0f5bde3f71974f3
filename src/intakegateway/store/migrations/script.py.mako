"""${message}."""

import sqlalchemy as sa
from alembic import op

from intakegateway.store.tables import base

revision = "${up_revision}"
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Change the tables."""
    ${upgrades if upgrades else "pass"}
