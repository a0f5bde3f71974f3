"""The script that an engineer would write: fetch the pages, flatten the records, pipe CSV into psql."""

from __future__ import annotations

import csv
import io
import subprocess
import sys

import httpx
import orjson

FIELDS = [
    "id",
    "updated_at",
    "status",
    "qty",
    "unit_price",
    "user_id",
    "user_name",
    "street",
    "city",
    "zip",
    "tags",
    "active",
]


def main(url: str, database: str) -> None:
    command = [
        "psql",
        "-qX",
        "-v",
        "ON_ERROR_STOP=1",
        database,
        "-c",
        "\\copy api_orders FROM STDIN (FORMAT csv)",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as psql, httpx.Client() as client:
        assert psql.stdin is not None
        page = 1
        while True:
            records = orjson.loads(client.get(url, params={"page": page}).content)["data"]
            if not records:
                break
            text = io.StringIO()
            writer = csv.writer(text)
            for r in records:
                user, address = r["user"], r["user"]["address"]
                writer.writerow(
                    [r["id"], r["updated_at"], r["status"], r["qty"], r["unit_price"], user["id"], user["name"],
                     address["street"], address["city"], address["zip"], orjson.dumps(r["tags"]).decode(), r["active"]]
                )  # fmt: skip
            psql.stdin.write(text.getvalue().encode())
            page += 1
        psql.stdin.close()
        if psql.wait():
            sys.exit("psql failed")


if __name__ == "__main__":
    main(*sys.argv[1:])
