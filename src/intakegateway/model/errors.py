"""Every error that the product raises, in one tree.

::

    GatewayError
    ├── DefinitionError      the task, option or expression is wrong: tell its author     (exit 2)
    ├── SourceError          the input cannot be read, or is not what it claims to be      (exit 1)
    ├── DestinationError     the destination refuses the load as a whole                   (exit 1)
    ├── MissingDriverError   a driver is not installed; the message is the install command (exit 1)
    ├── UnavailableError     network, timeout, 429, 5xx, lost connection: may be retried   (exit 1)
    ├── LimitError           more rejects than the task allows                             (exit 1)
    ├── StaleFenceError      a newer attempt owns this load                                (exit 1)
    ├── CancelledError       someone asked to stop                                         (exit 1)
    ├── BalanceError         the rows do not add up: a defect of ours                      (exit 1)
    ├── UnauthenticatedError nobody is signed in, or the token is not valid                (exit 1)
    ├── ForbiddenError       they may not do this                                          (exit 1)
    ├── NotFoundError        there is no such thing, or they may not see it                (exit 1)
    ├── ConflictError        it cannot be done as things stand: a name is taken, …         (exit 1)
    │   └── StaleEditError   somebody else has changed it since it was read                (exit 1)
    ├── RateLimitError       too often; says when to come back                             (exit 1)
    └── TooLargeError        more than this installation accepts                           (exit 1)

The type says what to do about it; the message is for a person: what was wrong, where, what is
allowed, what to do. Exit codes and HTTP statuses are decided at the edges, in one table each.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class GatewayError(Exception):
    """An error with a sentence for a person.

    ``where`` is the place (a file and line, a URL, a table); ``hint`` is what to do about it.
    """

    code = "error"

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" {self.hint}" if self.hint else ""
        return f"{place}{self.message}{advice}"


class DefinitionError(GatewayError):
    """The definition of the work is wrong; nothing was read or written.

    ``path`` is the key in the definition, such as ``("mapping", 3, "expression")``.
    """

    code = "definition"

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        path: tuple[str | int, ...] = (),
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.path = path


class SourceError(GatewayError):
    """The input is missing, forbidden, broken, or not what its name says."""

    code = "source"


class DestinationError(GatewayError):
    """The destination refuses the load as a whole: sign-in, missing table, no rights, bad query."""

    code = "destination"


class MissingDriverError(GatewayError):
    """A package that this system needs is not installed."""

    code = "missing_driver"

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs a package that is not installed.",
            hint=f"Install it with: pip install 'intakegateway[{extra}]'",
        )


class UnavailableError(GatewayError):
    """The other side did not answer or lost the connection. The only kind that is retried."""

    code = "unavailable"


class LimitError(GatewayError):
    """The rejects went over ``max_rejects``."""

    code = "too_many_rejects"


class StaleFenceError(GatewayError):
    """A newer attempt has taken this load over; this one must not write."""

    code = "stale_fence"


class CancelledError(GatewayError):
    """The run was asked to stop."""

    code = "cancelled"


class BalanceError(GatewayError):
    """The counts of a load do not add up. Nothing is committed when this is raised."""

    code = "unbalanced"


class UnauthenticatedError(GatewayError):
    """Nobody is signed in, or what they showed is not valid (any more)."""

    code = "unauthenticated"


class ForbiddenError(GatewayError):
    """They are known, and may not do this."""

    code = "forbidden"


class NotFoundError(GatewayError):
    """There is no such thing, or it must not be seen by who asks."""

    code = "not_found"

    def __init__(self, noun: str, name: str, *, hint: str | None = None) -> None:
        super().__init__(f"there is no {noun} '{name}'.", hint=hint)


class ConflictError(GatewayError):
    """What is asked does not fit the state of things: a name that is taken, a run that has ended."""

    code = "conflict"


class StaleEditError(ConflictError):
    """Somebody else has changed it since it was read."""

    code = "stale_edit"

    def __init__(self, noun: str) -> None:
        super().__init__(
            f"this {noun} was changed by somebody else in the meantime.",
            hint="Read it again, and make your change in the new version.",
        )


class RateLimitError(GatewayError):
    """It was tried too often. ``retry_after`` is in seconds."""

    code = "rate_limited"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, hint=f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class TooLargeError(GatewayError):
    """It is larger than this installation accepts."""

    code = "too_large"


def nearest(wrong: str, allowed: Iterable[str]) -> str:
    """``Did you mean 'x'?`` with the closest of ``allowed``, or the list of what is allowed."""
    names = list(allowed)
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(wrong.casefold(), folded, n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{folded[close[0]]}'?"
    if not names:
        return ""
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return f"Allowed: {shown}."
