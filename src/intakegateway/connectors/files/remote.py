"""Files behind http and https addresses: fetched whole into a temporary file, then read as any file."""

from __future__ import annotations

import tempfile
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from intakegateway.connectors.files.opening import Input, open_kept
from intakegateway.connectors.guard import current
from intakegateway.kit.masking import Scrubber, public_url
from intakegateway.kit.retry import Backoff
from intakegateway.model.errors import SourceError, UnavailableError

if TYPE_CHECKING:
    import httpx

SCHEMES = ("http://", "https://")
TIMEOUT_SECONDS = 60.0
"""Without a byte for so long, the server counts as not answering."""
_LONGEST_WAIT = 60.0


def is_remote(path: str) -> bool:
    """Whether a path is an address that can be fetched."""
    return path.lower().startswith(SCHEMES)


def open_url(url: str, member: str | None = None) -> list[Input]:
    """The inputs behind an address; a zip archive gives its members.

    Fetching is tried again when the server does not answer. Raises ``SourceError`` for an address that
    cannot be had, ``UnavailableError`` for a server that does not answer in the end.
    """
    return open_kept(public_url(url), _Fetched(url), member)


class _Fetched:
    """A copy in a temporary file, removed with the last input that uses it."""

    def __init__(self, url: str, backoff: Backoff | None = None) -> None:
        with tempfile.NamedTemporaryFile(prefix="intakegateway-", delete=False) as copy:
            self.path = Path(copy.name)
        weakref.finalize(self, self.path.unlink, missing_ok=True)
        backoff, failed = backoff or Backoff(attempts=4), 0
        while True:
            try:
                _fetch(url, self.path)
            except UnavailableError:
                failed += 1
                wait = backoff.wait(failed)
                if wait is None:
                    raise
                time.sleep(min(wait, _LONGEST_WAIT))
            else:
                return


def _fetch(url: str, path: Path) -> None:
    import httpx

    shown, scrub = public_url(url), Scrubber.of([urlsplit(url).password])
    try:
        with _client() as client, client.stream("GET", url) as answer:
            _judge(answer, shown)
            with path.open("wb") as copy:
                for piece in answer.iter_bytes(1 << 20):
                    copy.write(piece)
    except httpx.InvalidURL as error:
        raise SourceError(f"this is not an address: {scrub(str(error))}.", where=shown) from None
    except httpx.TooManyRedirects:
        raise SourceError(
            "the server sends us from one address to the next without end.", where=shown
        ) from None
    except httpx.HTTPError as error:
        said = scrub(str(error)) or type(error).__name__
        raise UnavailableError(f"the file could not be fetched: {said}.", where=shown) from None


def _client() -> httpx.Client:
    import httpx

    guard = current()
    if guard is None:
        return httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=True)
    from intakegateway.connectors.http_api.guarded import client

    # Each redirect is a request of its own, whose address is checked as the first one's is.
    checked = client(guard, seconds=TIMEOUT_SECONDS)
    checked.follow_redirects = True
    return checked


def _judge(answer: httpx.Response, shown: str) -> None:
    status = answer.status_code
    if status == 429 or status >= 500:
        raise UnavailableError(f"the server answers with {status} {answer.reason_phrase}.", where=shown)
    if status in (401, 403):
        raise SourceError(
            f"the server wants to know who asks ({status}).", where=shown,
            hint="Put user and password into the address: https://user:password@host/….",
        )  # fmt: skip
    if not answer.is_success:
        raise SourceError(f"the server answers with {status} {answer.reason_phrase}.", where=shown)
