"""One reading of an API: page after page, until the last one."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from intakegateway.connectors.guard import Guard
from intakegateway.connectors.http_api.api import Api
from intakegateway.connectors.http_api.auth import Signer
from intakegateway.connectors.http_api.calls import Call, Page
from intakegateway.connectors.http_api.chunking import Fetched
from intakegateway.connectors.http_api.large import Large
from intakegateway.connectors.http_api.loops import LoopGuard
from intakegateway.connectors.http_api.pagination import Paginator, paginator
from intakegateway.connectors.http_api.paths import Records
from intakegateway.connectors.http_api.survey import Keys, LongList
from intakegateway.connectors.http_api.templates import Cursor, address, first_call
from intakegateway.connectors.http_api.transport import Transport
from intakegateway.connectors.json_parsing import loads
from intakegateway.connectors.json_repeats import marked, may_repeat_keys, sifted
from intakegateway.kit.clock import Clock
from intakegateway.kit.masking import Scrubber
from intakegateway.kit.retry import Backoff
from intakegateway.model.errors import SourceError
from intakegateway.model.http import HttpSource, Paged


@dataclass(slots=True)
class Reading:
    """Reads all pages once. ``complete`` is true when the last one was reached."""

    spec: HttpSource
    cursor: Cursor
    signer: Signer
    clock: Clock
    scrub: Scrubber
    warnings: list[str]
    guard: Guard | None = None
    complete: bool = field(default=False, init=False)

    def pages(self) -> Generator[Fetched, None, None]:
        """Every page, in order. Raises ``SourceError`` and ``UnavailableError``."""
        spec = self.spec
        paged = spec.pagination if isinstance(spec.pagination, Paged) else Paged()
        steps = paginator(spec.pagination, self.warn)
        records = Records(spec.records, self.warnings, spec.key_field)
        guard = LoopGuard(paged.allow_repeats)
        call: Call | None = steps.first(first_call(spec, self.cursor))
        if not spec.verify:
            self.warn("The server's certificate is not checked ('verify: false').")
        with Transport(spec, self.clock, self.scrub, self.guard) as transport:
            retry = spec.retry
            backoff = Backoff(retry.attempts, retry.backoff, retry.max_backoff)
            api = Api(spec, address(spec), transport, self.signer, self.clock, self.scrub, backoff)
            number = 0
            try:
                while call is not None:
                    number += 1
                    if paged.max_pages is not None and number > paged.max_pages:
                        self.warn(f"Stopped after {number - 1} pages ('max_pages'); there are more.")
                        return
                    fetched, call = self._page(api, call, number, steps, records, guard)
                    if fetched is not None:
                        yield fetched
                    fetched = None  # its records need not be there while the next ones are parsed
                self.complete = True
            finally:
                self._account(api)

    def warn(self, sentence: str) -> None:
        """Note a sentence, once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def _page(
        self, api: Api, call: Call, number: int, steps: Paginator, records: Records, guard: LoopGuard
    ) -> tuple[Fetched | None, Call | None]:
        where = self.scrub.url(call.target)
        guard.check_call(call, number, where)
        document = api.ask(call, lambda status: status == 404 and number > 1 and steps.ends_with_404)
        if document is None:
            return None, None
        value, large, is_lines = document.value, document.large, document.lines is not None
        if large is not None:
            keys = () if large.is_lines else records.keys(value, where)
            long = _long_list(large, keys)
            if long is not None:
                guard.check_digest(long.digest, long.count, number, where)
                fetched = Fetched(number, [], batches=partial(large.batches, keys or ()))
                page = Page(number, document.headers, value, long.ends, long.count)
                return fetched, _following(steps, call, page, where)
            value = large.value
        found = value if is_lines else records.of(value, number, where)
        guard.check_page(found, number, where)
        following = _following(
            steps, call, Page(number, document.headers, {} if is_lines else value, found), where
        )
        size, nul, lines, broken = document.size, document.nul, document.lines, document.broken
        if document.text is not None and may_repeat_keys(document.text, value):
            again = marked(document.text)
            good, lost = sifted(again if is_lines else records.of(again, number, where))
            if good is not None:
                places = lines or range(1, len(found) + 1)
                broken = [*broken, *((places[at], raw, code, why) for at, raw, code, why in lost)]
                kept = [found[at] for at in good]
                return Fetched(number, kept, size, nul, [places[at] for at in good], broken), following
        fetched = Fetched(number, found, size, nul, lines, broken)
        if document.text is not None:
            fetched.again = partial(_again, document.text, None if is_lines else records, number, where)
        return fetched, following

    def _account(self, api: Api) -> None:
        """What a person should know although it went well."""
        times = sum(api.troubles.values())
        if times:
            why = ", ".join(f"{reason} ({count})" for reason, count in api.troubles.most_common(5))
            self.warn(f"The API was asked again {times} {'time' if times == 1 else 'times'}: {why}.")
        for host in sorted(api.strangers):
            self.warn(f"Some answers came from another host, '{host}', which was asked without credentials.")


def _long_list(large: Large, keys: Keys | None) -> LongList | None:
    """The list that has the records; None where they are all in ``large.value``."""
    if keys is not None and keys in large.lists:
        return large.lists[keys]
    if any(keys is None or place[: len(keys)] == keys for place in large.lists):
        large.value = large.whole()
    return None


def _following(steps: Paginator, call: Call, page: Page, where: str) -> Call | None:
    try:
        return steps.next(call, page)
    except SourceError as error:
        raise SourceError(error.message, where=error.where or where, hint=error.hint) from None


def _again(text: bytes, records: Records | None, number: int, where: str) -> list[Any]:
    """The records of a page once more."""
    value = loads(text)
    found: list[Any] = value if records is None else records.of(value, number, where)
    return found
