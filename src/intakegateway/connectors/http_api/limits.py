"""How fast an API may be asked, and how long it asks to be left alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from msgspec import Struct, field

_PREFIXES = ("x-ratelimit-", "x-rate-limit-", "ratelimit-")
_EPOCH_SECONDS = 1_000_000_000
_EPOCH_MILLISECONDS = 1_000_000_000_000


class Window(Struct):
    """At most ``calls`` in any ``period`` of seconds, wherever it begins."""

    calls: int
    period: float
    _times: deque[float] = field(default_factory=deque)

    def take(self, now: float) -> float:
        """Reserve the next call; the seconds to wait before it is made."""
        at = now
        if len(self._times) >= self.calls:
            at = max(now, self._times.popleft() + self.period)
        self._times.append(at)
        return at - now


def retry_after(value: str, now: float) -> float | None:
    """Seconds to wait from a ``Retry-After`` header, which has seconds or an HTTP date (RFC 9110, 10.2.3).

    ``now`` is in seconds since 1970. None for what is neither.
    """
    text = value.strip()
    try:
        return max(float(text), 0.0)
    except ValueError:
        pass
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


def reset_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until a used-up allowance is there again, from ``X-RateLimit-…`` or ``RateLimit-…`` headers.

    The reset may be a time since 1970 in seconds or milliseconds, or a number of seconds. None while
    something remains, or where the headers are not there.
    """
    for prefix in _PREFIXES:
        remaining, reset = headers.get(f"{prefix}remaining"), headers.get(f"{prefix}reset")
        if reset is None:
            continue
        try:
            if remaining is not None and float(remaining) > 0:
                return None
            at = float(reset)
        except ValueError:
            continue
        if at >= _EPOCH_MILLISECONDS:
            at /= 1000
        return max(at - now, 0.0) if at >= _EPOCH_SECONDS else max(at, 0.0)
    return None


def is_rate_limited(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a refusal means "too fast": 429, or a 403 that says when to come back."""
    if status == 429:
        return True
    return status == 403 and ("retry-after" in headers or headers.get("x-ratelimit-remaining") == "0")


def is_used_up(headers: Mapping[str, str]) -> bool:
    """Whether an answer says that the next call will be one too many."""
    return any(headers.get(f"{prefix}remaining", "").strip() == "0" for prefix in _PREFIXES)


def asked_wait(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """The wait that a refusal asks for, or None. A reset says something about 429 and 403 only."""
    after = retry_after(headers["retry-after"], now) if "retry-after" in headers else None
    if after is None and is_rate_limited(status, headers):
        return reset_after(headers, now)
    return after
