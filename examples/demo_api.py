"""A small REST API with nested orders, for the demonstration and for measurements.

It wants a bearer token, answers in pages that link to each other, and fails on purpose: every fifth
request is answered with 500 or 429 first. Everything is generated from a seed. Run it by itself::

    python examples/demo_api.py --port 8099 --records 2000

and look at ``http://127.0.0.1:8099/v2/orders?page=1`` (header ``Authorization: Bearer demo-token``).
"""

from __future__ import annotations

import argparse
import json
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

TOKEN = "demo-token"
START = datetime(2024, 1, 1, tzinfo=UTC)

FIRST = ("Ana", "Björn", "Chloé", "Dmitri", "Eszter", "Fatima", "Giorgos", "Hanna", "Ines", "Jürgen", "Zoë")
LAST = (
    "Andersson",
    "Baumann",
    "Çelik",
    "Dubois",
    "Evans",
    "Fischer",
    "García",
    "Horváth",
    "O'Neill",
    "Šimić",
)
CITIES = ("Berlin", "København", "Łódź", "Porto", "Graz", "Lyon", "Bergen", "Split", "Tampere", "Utrecht")
TAGS = ("new", "gift", "express", "fragile", "b2b", "returned")
NOTES = (None, None, "", "leave at the door", 'said "later"', "ring twice;\nthen wait", "🎁 wrap it")


def orders(count: int, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Nested orders, always the same ones for the same ``seed``; ``updated_at`` grows with ``id``."""
    dice = random.Random(seed)
    for number in range(1, count + 1):
        first, last = dice.choice(FIRST), dice.choice(LAST)
        items = [
            {
                "sku": f"{dice.randrange(10**6):06d}",
                "qty": dice.randint(1, 9),
                "price": dice.randint(99, 99_999) / 100,
            }
            for _ in range(dice.randint(1, 3))
        ]
        changed = START + timedelta(minutes=7 * number)
        order = {
            "id": number,
            "number": f"{number:08d}",
            "status": dice.choice(("open", "paid", "sent", "returned")),
            "updated_at": changed.isoformat().replace("+00:00", "Z"),
            "user": {
                "id": dice.randrange(1, 5_000),
                "name": f"{first} {last}",
                "email": f"{first}.{last}@example.com".lower().replace("'", ""),
                "address": {
                    "street": f"{dice.choice(CITIES)}er Straße {dice.randint(1, 200)}",
                    "zip": f"{dice.randrange(100_000):05d}",
                    "city": dice.choice(CITIES),
                    "geo": {"lat": dice.randint(-9000, 9000) / 100, "lon": dice.randint(-18000, 18000) / 100},
                },
            },
            "items": items,
            "tags": dice.sample(TAGS, dice.randint(0, 3)),
            "qty": sum(item["qty"] for item in items),
            "total": round(sum(item["qty"] * item["price"] for item in items), 2),
            "paid": dice.random() < 0.7,
            "note": dice.choice(NOTES),
        }
        if dice.random() < 0.05:
            order["user"]["address"] = None
        yield order


class DemoApi:
    """The API in a thread, for ``with DemoApi() as api: api.url``.

    ``fail_every``: each so-many-th request fails before it is answered when repeated; 0: never.
    """

    def __init__(
        self, records: int = 2_000, page_size: int = 100, *, fail_every: int = 5, port: int = 0, seed: int = 7
    ) -> None:
        self.records, self.page_size, self.fail_every, self.seed = records, page_size, fail_every, seed
        self.requests = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler_for(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base(self) -> str:
        """The address of the API without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        """The address of the orders."""
        return f"{self.base}/v2/orders"

    @cached_property
    def pages(self) -> list[bytes]:
        """The records of each page, as JSON text."""
        everything = list(orders(self.records, self.seed))
        starts = range(0, len(everything), self.page_size)
        return [json.dumps(everything[at : at + self.page_size]).encode() for at in starts]

    def page(self, number: int, since: str) -> bytes:
        """The body of one page; ``since`` leaves out what was not updated after it."""
        if not since:
            total, pages = self.records, len(self.pages)
            data = self.pages[number - 1] if 1 <= number <= pages else b"[]"
        else:
            newer = [order for order in orders(self.records, self.seed) if order["updated_at"] > since]
            total, pages = len(newer), -(-len(newer) // self.page_size)
            data = json.dumps(newer[(number - 1) * self.page_size : number * self.page_size]).encode()
        query = {"page": number + 1} | ({"updated_since": since} if since else {})
        following = f"{self.base}/v2/orders?{urlencode(query)}" if number < pages else None
        rest = {"meta": {"page": number, "pages": pages, "total": total}, "links": {"next": following}}
        return b'{"data": ' + data + b", " + json.dumps(rest).encode()[1:]

    def fails_now(self) -> int | None:
        """The status to fail with, or None: decided by counting, so that each run is the same."""
        with self._lock:
            self.requests += 1
            if not self.fail_every or self.requests % self.fail_every:
                return None
            return 500 if (self.requests // self.fail_every) % 2 else 429

    def serve_forever(self) -> None:
        """Serve in this thread until interrupted."""
        self._server.serve_forever()

    def __enter__(self) -> DemoApi:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler_for(api: DemoApi) -> type[BaseHTTPRequestHandler]:
    class Orders(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            if parts.path.rstrip("/") != "/v2/orders":
                self._answer(404, b'{"error": "There is only /v2/orders."}')
            elif self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self._answer(401, b'{"error": "A bearer token is wanted."}')
            elif (status := api.fails_now()) is not None:
                self._answer(status, b'{"error": "This is a failure on purpose."}')
            elif not query.get("page", "1").isdecimal():
                self._answer(400, b'{"error": "page is a number from 1."}')
            else:
                self._answer(200, api.page(int(query.get("page", "1")), query.get("updated_since", "")))

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    return Orders


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A small REST API of orders that fails now and then.")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--page-size", type=int, default=100)
    parser.add_argument("--fail-every", type=int, default=5, help="0: never")
    given = parser.parse_args()
    api = DemoApi(given.records, given.page_size, fail_every=given.fail_every, port=given.port)
    print(f"{api.url}  (header: Authorization: Bearer {TOKEN})", flush=True)
    try:
        api.serve_forever()
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
