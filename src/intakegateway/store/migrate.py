"""Bring the app database to the version of this program, at every start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from intakegateway.model.errors import DefinitionError
from intakegateway.store.database import Database, in_words
from intakegateway.store.tables import Table

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 7_242_019
"""The number of the advisory lock under which PostgreSQL is migrated."""


def migrate(database: Database) -> None:
    """Make missing tables and columns. Several processes may start at once.

    Raises ``DefinitionError`` when the database was made by a newer version of the program or by another
    one: nothing is changed then; and ``UnavailableError``. The database is closed then.
    """
    try:
        with in_words(database.engine):
            if not _is_current(database):
                _upgrade(database)
    except BaseException:
        database.close()
        raise


def _upgrade(database: Database) -> None:
    from alembic import command
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config())
    known = {script.revision for script in scripts.walk_revisions()}
    with database.engine.connect() as connection:
        connection = connection.execution_options(intakegateway_write=True)
        with connection.begin():
            if database.is_shared:
                # Another process may be at it for long.
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
            current = MigrationContext.configure(connection).get_current_revision()
            if current is not None and current not in known:
                raise DefinitionError(
                    "the gateway's database was made by a newer version of IntakeGateway"
                    f" (its version is '{current}', the newest known here '{scripts.get_current_head()}').",
                    hint="Start the newer program, or restore the backup from before the upgrade.",
                )
            if current is None:
                _refuse_others(connection)
            if current != scripts.get_current_head():
                command.upgrade(_config(connection), "head")


def _refuse_others(connection: Connection) -> None:
    """A database that is not ours may have what it wants, but no table under a name of ours."""
    theirs = sorted(Table.metadata.tables.keys() & set(inspect(connection).get_table_names()))
    if theirs:
        raise DefinitionError(
            f"the database has a table '{theirs[0]}' already that IntakeGateway has not made: it belongs to"
            " another program.",
            where="INTAKEGATEWAY_DATABASE_URL", hint="Give the gateway a database of its own.",
        )  # fmt: skip


def _is_current(database: Database) -> bool:
    """Whether nothing is to be done: so at almost every start, and the tools for it need not be imported."""
    names = (path.name for path in (_SCRIPTS / "versions").glob("m*.py"))
    newest = max(names, default="m")[1:].partition("_")[0]
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == newest)


def new_revision(database: Database, message: str) -> None:
    """Write a migration for what the tables have and the database lacks; for developers."""
    from alembic import command
    from alembic.script import ScriptDirectory

    with database.engine.connect() as connection, connection.begin():
        number = f"{len(list(ScriptDirectory.from_config(_config()).walk_revisions())) + 1:04}"
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("file_template", "m%%(rev)s_%%(slug)s")
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def main() -> None:
    """``python -m intakegateway.store.migrate MESSAGE``: write the next migration; for developers."""
    import sys
    import tempfile

    from intakegateway.store.database import open_database

    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/scratch.db")
        migrate(database)
        new_revision(database, " ".join(sys.argv[1:]) or "change the tables")
        database.close()


if __name__ == "__main__":
    main()
