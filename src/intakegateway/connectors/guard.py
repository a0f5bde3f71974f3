"""Where connectors may go when people of a service tell them to: which hosts, which files.

A guard holds for the code within ``guarding``. Sources and destinations ask for it when they are opened, and
keep it, because their work is done in other threads later. Without one (the command line) nothing is refused.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any

from intakegateway.kit.addresses import AddressRules, is_local_name, literal
from intakegateway.model.errors import DefinitionError, UnavailableError

Lookup = Callable[[str, int], tuple[str, ...]]


def look_up(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host, as the system's resolver knows them. Raises ``OSError``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Guard:
    """Which addresses and which files are allowed."""

    rules: AddressRules = field(default_factory=AddressRules)
    folders: tuple[Path, ...] = ()
    """Folders (real paths) whose files may be read and written."""
    kept_out: tuple[Path, ...] = ()
    """Files and folders within them that may not."""
    granted: frozenset[Path] = frozenset()
    """Files that may be read wherever they are."""
    start: Path | None = None
    """Where relative paths start from."""
    lookup: Lookup = field(default=look_up, repr=False)

    def addresses(self, host: str, port: int, where: str | None = None) -> tuple[str, ...]:
        """The addresses to connect to, each of them checked: to ask for the name again would undo that.

        Raises ``DefinitionError`` for a host that is not allowed, ``UnavailableError`` for an unknown one.
        """
        self.check_host(host, where)
        try:
            found = self.lookup(host.strip("[]"), port)
        except (OSError, UnicodeError):
            raise UnavailableError(
                f"the host's name '{host}' is not known.", where=where, hint="Check the name of the host."
            ) from None
        if not self.rules.allows_host(host):
            for address in found:
                if not self.rules.allows(address):
                    raise _refused(host, address, where)
        return found

    def check_host(self, host: str, where: str | None = None) -> None:
        """Refuse what can be refused without asking a name server. Raises ``DefinitionError``."""
        if not host.strip():
            raise DefinitionError("the address has no host.", where=where, hint="Give the name of a host.")
        if self.rules.allows_host(host):
            return
        address = literal(host)
        if is_local_name(host) and not self.rules.allows("127.0.0.1"):
            raise _refused(host, "127.0.0.1", where)
        if address is not None and not self.rules.allows(str(address)):
            raise _refused(host, str(address), where)

    def path(self, path: str | os.PathLike[str], where: str | None = None) -> Path:
        """The real path of an allowed file or folder, with links resolved. Raises ``DefinitionError``."""
        given = Path(path).expanduser()
        if "\x00" in str(given):
            raise _outside(path, self.folders, where)
        if not given.is_absolute() and self.start is not None:
            given = self.start / given
        real = Path(os.path.realpath(given))
        if real in self.granted:
            return real
        inside = any(real == folder or folder in real.parents for folder in self.folders)
        if not inside or any(real == one or one in real.parents for one in self.kept_out):
            raise _outside(path, self.folders, where)
        return real

    def granting(self, path: Path) -> Guard:
        """The same guard, which also allows this file."""
        return replace(self, granted=self.granted | {Path(os.path.realpath(path))})


_current: ContextVar[Guard | None] = ContextVar("intakegateway_guard", default=None)


def current() -> Guard | None:
    """The guard that holds here; None: nothing is restricted."""
    return _current.get()


@contextmanager
def guarding(guard: Guard | None) -> Iterator[None]:
    """Hold connectors that are opened within to a guard."""
    token = _current.set(guard)
    try:
        yield
    finally:
        _current.reset(token)


_resolver: ContextVar[Guard | None] = ContextVar("intakegateway_resolver", default=None)
_wrapping = Lock()


@contextmanager
def resolving_under(guard: Guard) -> Iterator[None]:
    """Hold a library that makes connections of its own, in this thread, to a guard: redirects included.

    Where it asks for a name it is given checked addresses only, and those are the ones that it connects to.
    What goes through the administrator's proxy is left to that one.
    """
    from urllib.request import getproxies

    with _wrapping:
        if not getattr(socket.getaddrinfo, "asks_guard", False):
            socket.getaddrinfo = _asking(socket.getaddrinfo)
    token = _resolver.set(None if getproxies() else guard)
    try:
        yield
    finally:
        _resolver.reset(token)


def _asking(resolve: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(resolve)
    def checked(host: Any, *rest: Any, **more: Any) -> Any:
        found = resolve(host, *rest, **more)
        guard = _resolver.get()
        if guard is not None:
            name = host.decode() if isinstance(host, bytes) else host or "localhost"
            for entry in found:
                if not (guard.rules.allows_host(name) or guard.rules.allows(str(entry[4][0]))):
                    raise socket.gaierror(socket.EAI_FAIL, f"'{name}' may not be reached from here")
        return found

    checked.asks_guard = True  # type: ignore[attr-defined]
    return checked


def confined(path: str | os.PathLike[str], where: str | None = None) -> Path:
    """The path as it may be used here. Raises ``DefinitionError`` where the guard refuses it."""
    guard = current()
    return Path(path) if guard is None else guard.path(path, where)


def _refused(host: str, address: str, where: str | None) -> DefinitionError:
    named = f"'{host}'" if host == address else f"'{host}' ({address})"
    return DefinitionError(
        f"the host {named} belongs to a private or local network, which this installation does not let"
        " connections reach.",
        where=where,
        hint="Its administrator can allow it: INTAKEGATEWAY_ALLOW_PRIVATE_ADDRESSES takes networks and hosts.",
    )


def _outside(path: str | os.PathLike[str], folders: tuple[Path, ...], where: str | None) -> DefinitionError:
    return DefinitionError(
        f"the path '{os.fspath(path)}' is not in a folder that this installation opens to tasks.",
        where=where,
        hint="Upload the file, or ask the administrator to add its folder to INTAKEGATEWAY_ALLOWED_FOLDERS.",
    )
