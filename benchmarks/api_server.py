"""A paged API of 200,000 nested orders, rendered once and served from memory."""

from __future__ import annotations

import random
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

CITIES = ["Berlin", "Paris", "New York", "München", "Łódź", "São Paulo"]


def record(number: int, dice: random.Random) -> dict[str, Any]:
    """One order with a user, an address, tags and items."""
    return {
        "id": number,
        "updated_at": f"2024-{dice.randrange(1, 13):02d}-{dice.randrange(1, 29):02d}T10:{dice.randrange(60):02d}:00Z",
        "status": dice.choice(["open", "paid", "sent"]),
        "qty": dice.randrange(1, 50),
        "unit_price": dice.randrange(100, 100_000) / 100,
        "user": {
            "id": dice.randrange(1, 50_000),
            "name": f"User {dice.randrange(100_000)}",
            "address": {
                "street": f"Main St {dice.randrange(500)}",
                "city": dice.choice(CITIES),
                "zip": f"{dice.randrange(100_000):05d}",
            },
        },
        "tags": dice.sample(["new", "vip", "gift", "bulk"], dice.randrange(0, 4)),
        "active": dice.random() < 0.5,
    }


def pages(records: int, size: int) -> list[bytes]:
    """All pages as they go over the wire."""
    dice = random.Random(11)
    return [
        orjson.dumps(
            {
                "data": [record(n, dice) for n in range(first, min(first + size, records))],
                "page": first // size + 1,
                "pages": -(-records // size),
            }
        )
        for first in range(0, records, size)
    ]


def main() -> None:
    """``python -m benchmarks.api_server RECORDS PAGE_SIZE``: prints its port when it is ready."""
    rendered = pages(int(sys.argv[1]), int(sys.argv[2]))

    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
            body = rendered[page - 1] if 0 < page <= len(rendered) else b'{"data": []}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
