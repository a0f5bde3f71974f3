"""A look at a database's tables, and the test of a connection to it, over the destination's driver."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from intakegateway.connectors.probing import (
    FoundColumn,
    FoundKey,
    FoundTable,
    Step,
    TableShape,
    host_and_port,
    reached,
    resolved,
)
from intakegateway.connectors.sql.driver import Driver, Session
from intakegateway.connectors.sql.names import parse_table_name
from intakegateway.connectors.sql.questions_look import QUESTIONS
from intakegateway.model.errors import DestinationError, ForbiddenError, GatewayError
from intakegateway.model.schema import TableName

OURS = "_intakegateway_"
"""What the names of the gateway's own tables in destinations begin with."""
_NO_RIGHT = re.compile(
    r"permission denied|access denied|command denied|insufficient privilege|not authorized", re.IGNORECASE
)


class SqlLook:
    """A look (``connectors.probing.Look``) through one session, opened when it is first needed."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._questions = QUESTIONS[driver.dialect.name]
        self._session: Session | None = None

    def schemas(self) -> list[str]:
        """The schemas that the account can see, and that are not the database's own."""
        with self._asking() as session:
            return [] if session is None else [str(row[0]) for row in session.fetch(self._questions.schemas)]

    def tables(self, schema: str) -> list[FoundTable]:
        """The tables of a schema."""
        with self._asking() as session:
            if session is None:
                return []
            if schema and schema not in {str(row[0]) for row in session.fetch(self._questions.schemas)}:
                raise DestinationError(
                    f"there is no schema '{schema}', or the account may not see it.", where=self._driver.name
                )
            rows = session.fetch(self._questions.tables, schema)
        return [
            FoundTable(TableName(str(name), str(where)), bool(view), None if view or count is None else int(count),
                       bool(readable))
            for where, name, view, count, readable in rows
            if not str(name).startswith(OURS)
        ]  # fmt: skip

    def default_schema(self) -> str:
        """The schema that names without one mean."""
        with self._asking() as session:
            found = [] if session is None else session.fetch(self._questions.default_schema)
        return str(found[0][0] or "") if found else self._driver.dialect.default_schema

    def shape(self, table: str) -> TableShape | None:
        """A table's columns and keys."""
        with self._asking() as session:
            facts = None if session is None else self._driver.facts(session, parse_table_name(table))
            if facts is None or session is None:
                return None
            rows = session.fetch(self._questions.defaults, facts.name.schema, facts.name.name)
        defaults = {str(name): str(text) for name, text in rows if text is not None}
        return TableShape(
            name=facts.name,
            columns=tuple(
                FoundColumn(
                    one.name, str(one.column.type), one.native, one.column.nullable, defaults.get(one.name),
                    one.column.generated,
                )
                for one in facts.columns
            ),
            primary_key=facts.primary_key,
            uniques=facts.schema().uniques,
            foreign_keys=tuple(
                FoundKey(key.name, key.columns, key.target, key.target_columns) for key in facts.foreign_keys
            ),
        )  # fmt: skip

    def close(self) -> None:
        """End the session."""
        if self._session is not None:
            self._session.close()
            self._session = None

    @contextmanager
    def _asking(self) -> Iterator[Session | None]:
        """A session; None where the database is a file that nobody has made yet."""
        path = getattr(self._driver, "path", None)
        try:
            if self._session is None and not (isinstance(path, Path) and not path.exists()):
                self._session = self._driver.connect(asking=True)
            yield self._session
        except DestinationError as error:
            if _NO_RIGHT.search(error.message) and self._session is not None:
                raise ForbiddenError(
                    f"the account may not look: {error.message.rstrip('.')}.", where=error.where,
                    hint="Type the names by hand, or ask the database's administrator for the right.",
                ) from None  # fmt: skip
            raise


class ServerProbe:
    """The test of a database server."""

    def __init__(self, config: Mapping[str, Any], port: int, driver: Callable[[], Driver]) -> None:
        self._config, self._port, self._open = config, port, driver
        self._addresses: tuple[str, ...] = ()
        self._session: Session | None = None
        self._dialect = ""
        self.version = ""

    def steps(self) -> Sequence[Step]:
        """Resolve, connect, sign in, read."""
        return (
            ("resolve", self._resolve), ("connect", self._connect), ("sign_in", self._sign_in), ("read", self._read)
        )  # fmt: skip

    def close(self) -> None:
        """End the session, whatever state it is in."""
        if self._session is not None:
            with suppress(GatewayError):
                self._session.close()

    def _place(self) -> tuple[str, int]:
        return host_and_port(self._config.get("host"), self._config.get("port"), self._port)

    def _resolve(self) -> str:
        host, port = self._place()
        self._addresses = resolved(host, port)
        return f"'{host}' is {', '.join(self._addresses[:3])}."

    def _connect(self) -> str:
        _, port = self._place()
        return f"{reached(self._addresses, port)} takes connections at port {port}."

    def _sign_in(self) -> str:
        driver = self._open()
        self._dialect = driver.dialect.name
        self._session = driver.connect(asking=True)
        user = self._config.get("user")
        return f"'{user}' is signed in." if user else "Signed in."

    def _read(self) -> str:
        assert self._session is not None
        self.version, said = _read(self._session, self._dialect)
        return said


class EmbeddedProbe:
    """The test of a database that is a file."""

    def __init__(self, config: Mapping[str, Any], driver: Callable[[], Driver]) -> None:
        self._config, self._open = config, driver
        self._driver: Driver | None = None
        self._session: Session | None = None
        self.version = ""

    def steps(self) -> Sequence[Step]:
        """Resolve (the path), connect (open), read; there is nobody to sign in."""
        return (("resolve", self._resolve), ("connect", self._connect), ("read", self._read))

    def close(self) -> None:
        """Close the file."""
        if self._session is not None:
            with suppress(GatewayError):
                self._session.close()

    def _resolve(self) -> str:
        self._driver = self._open()
        path = Path(getattr(self._driver, "path", ""))
        if path.exists():
            return "The file is there."
        if not path.parent.is_dir():
            raise DestinationError(f"the folder '{path.parent}' does not exist.", hint="Make it first.")
        return "The file is not there yet; the first load makes it."

    def _connect(self) -> str:
        assert self._driver is not None
        if not Path(getattr(self._driver, "path", "")).exists():
            return "There is nothing to open yet."
        self._session = self._driver.connect(asking=True)
        return "The file opens."

    def _read(self) -> str:
        assert self._driver is not None
        if self._session is None:
            return "There is nothing to read yet."
        self.version, said = _read(self._session, self._driver.dialect.name)
        return said


def _read(session: Session, dialect: str) -> tuple[str, str]:
    """The server's version, and what can be seen of its tables."""
    questions = QUESTIONS[dialect]
    version = questions.worded(str(session.fetch(questions.version)[0][0]))
    tables = [row for row in session.fetch(questions.tables, "") if not str(row[1]).startswith(OURS)]
    noun = "table or view" if len(tables) == 1 else "tables and views"
    return version, f"{version}; {len(tables)} {noun} can be seen."
