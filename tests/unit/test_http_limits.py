"""Waits, limits, breakers, prefetching, masks: with a clock that does not sleep."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date

import pytest

from intakegateway.connectors.http_api.limits import (
    Window,
    asked_wait,
    is_rate_limited,
    is_used_up,
    reset_after,
    retry_after,
)
from intakegateway.connectors.http_api.prefetch import ahead
from intakegateway.connectors.http_api.source import open_source
from intakegateway.kit.clock import ManualClock, SystemClock, WokenError
from intakegateway.kit.masking import Scrubber, looks_secret, public_url
from intakegateway.kit.retry import Backoff, Breaker, Breakers
from intakegateway.model.errors import DefinitionError
from intakegateway.model.http import HttpSource

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("1.5", 1.5),
        ("-3", 0),
        ("Tue, 14 Nov 2023 22:15:20 GMT", 120),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 30)}, 30),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str((int(NOW) + 30) * 1000)}, 30),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "30"}, 30),
        ({"ratelimit-reset": "7"}, 7),
        ({"x-ratelimit-remaining": "4", "x-ratelimit-reset": "30"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "later"}, None),
        ({}, None),
    ],
)
def test_a_reset_is_a_time_or_a_number_of_seconds(headers: dict[str, str], seconds: float | None) -> None:
    assert reset_after(headers, NOW) == seconds


def test_retry_after_goes_before_a_reset_and_403_may_mean_too_fast() -> None:
    headers = {"retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "50"}
    assert asked_wait(429, headers, NOW) == 5
    assert asked_wait(429, {"ratelimit-reset": "50"}, NOW) == 50
    assert asked_wait(500, {"ratelimit-reset": "50"}, NOW) is None
    assert is_used_up(headers)
    assert not is_used_up({"x-ratelimit-reset": "50"})
    assert is_rate_limited(403, headers)
    assert not is_rate_limited(403, {})
    assert is_rate_limited(429, {})


def test_no_window_of_a_period_has_more_calls_than_allowed() -> None:
    window, now, times = Window(3, 10.0), 0.0, []
    for step in (0, 1, 0, 0, 0, 5, 0, 20, 0):
        now += step
        now += window.take(now)
        times.append(now)
    assert all(later - earlier >= 10.0 for earlier, later in zip(times, times[3:], strict=False))
    assert times[:4] == [0.0, 1.0, 1.0, 10.0]


def test_waits_double_up_to_the_longest_and_end_with_the_attempts() -> None:
    steady = Backoff(attempts=6, initial=1, longest=5, jitter=lambda: 0.0)
    assert [steady.wait(failed) for failed in range(1, 7)] == [1, 2, 4, 5, 5, None]
    assert Backoff(attempts=2, initial=4, jitter=lambda: 1.0).wait(1) == 2
    assert Backoff(attempts=10_000, initial=1, longest=5, jitter=lambda: 0.0).wait(9_000) == 5


def test_a_breaker_opens_after_failures_in_a_row_and_lets_one_call_through_later() -> None:
    breaker = Breaker(failures=2, cooldown=10)
    breaker.failed(0)
    breaker.succeeded()
    breaker.failed(1)
    assert breaker.blocked(1) == 0
    breaker.failed(2)
    assert breaker.blocked(5) == 7
    assert breaker.blocked(12) == 0
    assert breaker.blocked(13) == 9
    breaker.succeeded()
    assert breaker.blocked(13) == 0
    shared = Breakers()
    assert shared.of("a") is shared.of("a")
    assert shared.of("a") is not shared.of("b")


def test_a_woken_clock_ends_its_sleeps() -> None:
    clock = SystemClock()
    threading.Timer(0.02, clock.wake).start()
    with pytest.raises(WokenError):
        clock.sleep(30)
    with pytest.raises(WokenError):
        clock.sleep(0)
    manual = ManualClock(5.0)
    manual.sleep(2)
    assert (manual.now(), manual.monotonic(), manual.slept) == (7.0, 7.0, [2])


def numbers(made: list[int], error: Exception | None = None) -> Iterator[int]:
    for number in range(5):
        made.append(number)
        yield number
    if error is not None:
        raise error


def test_items_are_made_ahead_but_not_before_the_second_is_wanted() -> None:
    made: list[int] = []
    items = ahead(numbers(made), lambda: None)  # type: ignore[arg-type]
    assert next(items) == 0
    assert made == [0]
    assert list(items) == [1, 2, 3, 4]


def test_an_error_comes_after_the_items_before_it() -> None:
    items = ahead(numbers([], OSError("gone")), lambda: None)  # type: ignore[arg-type]
    assert [next(items) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(OSError, match="gone"):
        next(items)


def test_a_consumer_that_leaves_early_ends_the_thread_and_its_waits() -> None:
    clock, closed = SystemClock(), threading.Event()

    def waiting() -> Iterator[int]:
        try:
            yield 0
            yield 1
            clock.sleep(30)
            yield 2
        finally:
            closed.set()

    items = ahead(waiting(), clock.wake)  # type: ignore[arg-type]
    assert [next(items), next(items)] == [0, 1]
    items.close()
    assert closed.wait(2)
    assert not any(thread.name == "next-page" for thread in threading.enumerate())


@pytest.mark.parametrize(
    "name", ["api_key", "X-API-Key", "apiKey", "access_token", "sig", "client_secret", "Cookie"]
)
def test_names_that_hold_secrets(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name", ["page", "next_page_token", "pageToken", "keyword", "author", "monkey", "design"]
)
def test_names_that_hold_none(name: str) -> None:
    assert not looks_secret(name)


def test_addresses_and_messages_are_shown_without_secrets() -> None:
    url = "https://ann:p%40ss@h:8/a?token=abc&page=2&empty=&X-Shop=zzz#frag"
    assert public_url(url, ["x-shop"]) == "https://***@h:8/a?token=***&page=2&empty=&X-Shop=***"
    scrub = Scrubber.of(["a b/c+secret", None, "ab", ""])
    assert scrub("x a b/c+secret y a%20b%2Fc%2Bsecret z a+b%2Fc%2Bsecret ab") == "x *** y *** z *** ab"
    assert "secret" not in repr(scrub).replace("secrets", "")


def test_a_definition_never_shows_its_secrets() -> None:
    hidden = "h1dden-value"
    spec = HttpSource.model_validate(
        {
            "url": f"https://ann:{hidden}@h/a?api_key={hidden}",
            "request": {
                "query": {"access_token": hidden, "page": 1},
                "headers": {"Authorization": f"Bearer {hidden}"},
                "body": {"form": {"password": hidden}},
            },
            "auth": {"type": "api_key", "name": "k", "value": hidden},
            "proxy": f"http://me:{hidden}@proxy",
            "client_cert": "a.pem",
            "client_key_password": hidden,
        }
    )
    assert hidden not in repr(spec)
    assert hidden not in str(spec)
    assert hidden not in open_source(spec).name
    with pytest.raises(ValueError) as caught:
        HttpSource.model_validate({"url": "https://h", "auth": {"type": "bearer", "token": [hidden]}})
    assert hidden not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "give 'url'"),
        ({"connection": "shop"}, "connection 'shop' is not known here"),
        ({"url": "ftp://h/x"}, "starts with http://"),
        ({"url": "https://"}, "and a host"),
        ({"url": "https://h", "request": {"url": "https://h", "path": "/x"}}, "either 'url'"),
        ({"url": "https://h", "records": "$.[["}, "not a JSONPath"),
        ({"url": "https://h", "pagination": {"type": "next_link", "path": "$[["}}, "not a JSONPath"),
        ({"url": "https://h", "request": {"headers": {"a b": "x"}}}, "not the name of a header"),
        ({"url": "https://h", "request": {"headers": {"a": "x\r\ny: z"}}}, "line break"),
        (
            {"url": "https://h", "auth": {"type": "bearer", "token": "töken"}},
            "letter that headers cannot hold",
        ),
    ],
)
def test_a_wrong_definition_is_refused_when_it_is_opened(given: dict[str, object], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        open_source(HttpSource.model_validate(given))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pagination": {"type": "pages"}}, "expected tags: 'none', 'page'"),
        ({"pagination": {"type": "page", "size": 5}}, "go together"),
        ({"pagination": {"type": "cursor"}}, "at a 'path' of the body or in a 'header'"),
        ({"request": {"body": {"json": 1, "raw": "x"}}}, "exactly one of"),
        ({"request": {"body": {}}}, "exactly one of"),
        ({"timeout": "soon"}, "is not a duration. Allowed: seconds"),
        ({"client_key": "a.pem"}, "needs 'client_cert'"),
        ({"rate_limit": {"calls": 0}}, "greater than or equal to 1"),
        ({"request": {"metod": "GET"}}, "Extra inputs"),
    ],
)
def test_a_definition_that_cannot_be_is_refused_when_it_is_read(
    given: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        HttpSource.model_validate({"url": "https://h", **given})


def test_headers_and_parameters_may_be_dates_and_numbers_of_yaml() -> None:
    given = {"headers": {"X-Version": 2, "X-Deep": True}, "query": {"since": date(2024, 5, 1), "n": 3}}
    request = HttpSource.model_validate({"url": "https://h", "request": given}).request
    assert request.headers == {"X-Version": "2", "X-Deep": "true"}
    assert request.query == {"since": "2024-05-01", "n": 3}


def test_durations_are_numbers_or_words() -> None:
    for given, expected in (
        ("90", 90),
        ("1h30m", 5400),
        ("500ms", 0.5),
        (2, 2),
        ("2 d", 172800),
        ("1m 5s", 65),
    ):
        assert HttpSource.model_validate({"url": "https://h", "timeout": given}).timeout == expected
