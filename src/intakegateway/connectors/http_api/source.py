"""A REST API as a source of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing

import orjson

from intakegateway.connectors.base import Chunk
from intakegateway.connectors.cursors import CursorStore, FileCursors, PendingCursor, SavedCursor, recover
from intakegateway.connectors.guard import Guard, current
from intakegateway.connectors.http_api.auth import secrets_of, signer
from intakegateway.connectors.http_api.chunking import chunked, gathered
from intakegateway.connectors.http_api.cursors import Tracker, starting_at
from intakegateway.connectors.http_api.pagination import paginator
from intakegateway.connectors.http_api.paths import Records
from intakegateway.connectors.http_api.prefetch import ahead
from intakegateway.connectors.http_api.reading import Reading
from intakegateway.connectors.http_api.stores import FileTokens, TokenStore
from intakegateway.connectors.http_api.templates import Cursor, address, first_call, uses_cursor
from intakegateway.connectors.records import Flattener
from intakegateway.kit.clock import Clock, SystemClock
from intakegateway.kit.masking import Scrubber
from intakegateway.model.http import HttpSource
from intakegateway.settings import read_settings


def open_source(
    spec: HttpSource,
    *,
    cursors: CursorStore | None = None,
    tokens: TokenStore | None = None,
    clock: Clock | None = None,
) -> HttpRecords:
    """The records of an API. Cursors and tokens are kept in the data folder unless stores are given.

    Raises ``DefinitionError`` for what is wrong with the definition, a missing secret included.
    """
    home = read_settings().home
    return HttpRecords(
        spec, cursors or FileCursors(home / "cursors"), tokens or FileTokens(home / "tokens"), clock
    )


class HttpRecords:
    """The rows of an API, page after page (``connectors.base.Source``).

    The next page is fetched while the last ones are worked on. ``committed`` saves the cursor if all
    pages were read.
    """

    rewindable = False
    restartable = True
    fixed_fields = False
    total_bytes: int | None = None

    def __init__(
        self, spec: HttpSource, cursors: CursorStore, tokens: TokenStore, clock: Clock | None = None
    ) -> None:
        self.spec = spec
        self.warnings: list[str] = []
        self._cursors = cursors
        self._clock = clock
        self._guard = current()
        _check_files(spec, self._guard)
        self._scrub = Scrubber.of(secrets_of(spec))
        self.name = self._scrub.url(address(spec))
        self._signer = signer(spec, tokens, clock or SystemClock())
        self._tracker: Tracker | None = None
        self._reading: Reading | None = None
        # What is wrong with the definition is said now, not in the middle of a load.
        first_call(spec, Cursor("0"))
        paginator(spec.pagination, self.warnings.append)
        Records(spec.records, self.warnings, spec.key_field)

    def chunks(self) -> Iterator[Chunk]:
        """The rows from the beginning, or from where the last committed run ended."""
        self.warnings.clear()
        clock = self._clock or SystemClock()
        reading = Reading(
            self.spec, self._start(), self._signer, clock, self._scrub, self.warnings, self._guard
        )
        self._reading = reading
        exploded = (self.spec.explode,) if self.spec.explode else ()
        flattener = Flattener(arrays=self.spec.arrays, keep=exploded, warnings=self.warnings)
        wake = clock.wake if isinstance(clock, SystemClock) else lambda: None
        with closing(ahead(gathered(reading.pages(), flattener), wake)) as pages:
            for chunk in chunked(pages, flattener):
                if self._tracker is not None:
                    self._tracker.observe(chunk.frame)
                yield chunk

    def recover(self, was_committed: Callable[[str, int], bool]) -> None:
        """Finish what a run that died right after its commit could not: see ``connectors.cursors``."""
        if self.spec.incremental is not None:
            recover(self._cursors, self._key(), was_committed)

    def committing(self, load_id: str, part: int) -> None:
        """Keep the new cursor as pending, until ``committed``."""
        if self.spec.incremental is not None:
            found = self._reached()
            self._cursors.keep_pending(self._key(), PendingCursor(found, load_id, part) if found else None)

    def committed(self) -> None:
        """Save the cursor, if every page was read and there was a value."""
        found = self._reached()
        if found is not None:
            self._cursors.save(self._key(), found)

    def _reached(self) -> SavedCursor | None:
        complete = self._reading is not None and self._reading.complete
        return self._tracker.best if complete and self._tracker is not None else None

    def _start(self) -> Cursor:
        wanted = self.spec.incremental
        if wanted is None:
            return Cursor()
        saved = self._cursors.load(self._key())
        self._tracker = Tracker(wanted, self.warnings, saved)
        if not uses_cursor(self.spec):
            self.warnings.append(
                "The cursor is not sent: put {{ cursor }} into the request or set 'incremental.param'."
            )
        return starting_at(wanted, saved)

    def _key(self) -> str:
        """What tells cursors apart: the name that was given, or what is asked for."""
        wanted = self.spec.incremental
        if wanted is not None and wanted.key:
            return wanted.key
        asked = self.spec.request.model_dump(mode="json", exclude={"headers"})
        described = orjson.dumps([asked, self.spec.records, wanted.field if wanted else ""])
        return f"{self.name} {hashlib.sha256(described).hexdigest()[:16]}"


def _check_files(spec: HttpSource, guard: Guard | None) -> None:
    """Certificates and keys are files, or their text."""
    for key in ("ca", "client_cert", "client_key") if guard is not None else ():
        value = getattr(spec, key)
        if guard is not None and value and not value.lstrip().startswith("-----BEGIN"):
            guard.path(value, f"source.{key}")
