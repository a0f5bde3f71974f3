"""Messy files as they arrive in real life, generated with a seed.

``make(folder)`` writes:

- ``customers.csv``: cp1252, semicolons, decimal commas, German dates, doubled customers, ragged lines.
- ``orders.csv``: UTF-8 with a BOM, dates of two kinds, quoted line breaks, numbers with currency signs,
  quantities that are no numbers, orders for customers nobody knows.
- ``products.xlsx``: a sheet with a title above its header, real dates, prices as numbers, an empty row.
- ``stock/2024-05-01.csv.gz`` and two more: one file a day, compressed.
- ``stock-late/2024-05-04.csv``: the day after, with a column more.
- ``visits.ndjson``: nested records with arrays, one line cut off.
- ``price-list.csv``: new prices, some of them impossible, and some new products.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from datetime import date, datetime, timedelta
from pathlib import Path

FIRST = [
    "Anna",
    "Björn",
    "Chloé",
    "Dieter",
    "Eva",
    "François",
    "Gül",
    "Hannah",
    "Ivo",
    "Jürgen",
    "Käthe",
    "Luís",
]
LAST = [
    "Müller",
    "O'Neil",
    "Schäfer",
    "Nowak",
    "Garçon",
    "Smith",
    "Weiß",
    "Iñárritu",
    "Çelik",
    "van der Berg",
]
CITIES = ["Köln", "Zürich", "Málaga", "Besançon", "Århus", "Berlin", "Wien", "Gent"]
STREETS = ["Hauptstraße", "Rue de l’Église", "Calle Mayor", "Dorpsstraat"]
PRODUCTS = ["lamp", "desk", "chair", "shelf", "rug", "mirror", "clock", "vase"]

CUSTOMERS, ORDERS, PRODUCT_ROWS, STOCK_ROWS, VISITS = 2_000, 20_000, 400, 300, 3_000


def make(folder: Path, seed: int = 7) -> Path:
    """Write all files into ``folder``; the same seed makes the same files."""
    dice = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "customers.csv").write_bytes(_customers(dice).encode("cp1252"))
    (folder / "orders.csv").write_bytes(_orders(dice).encode("utf-8-sig"))
    _products(dice, folder / "products.xlsx")
    (folder / "stock").mkdir(exist_ok=True)
    for day in (date(2024, 5, 1), date(2024, 5, 2), date(2024, 5, 3)):
        with gzip.GzipFile(folder / "stock" / f"{day}.csv.gz", "wb", mtime=0) as out:
            out.write(_stock(dice, day).encode())
    (folder / "visits.ndjson").write_text(_visits(dice), encoding="utf-8")
    (folder / "stock-late").mkdir(exist_ok=True)
    (folder / "stock-late" / "2024-05-04.csv").write_text(_late_stock(dice), encoding="utf-8")
    (folder / "price-list.csv").write_text(_prices(dice), encoding="utf-8")
    return folder


def _customers(dice: random.Random) -> str:
    lines = ["Kunden-Nr;Name;Straße;Ort;Umsatz;Kunde seit;E-Mail"]
    for number in range(1, CUSTOMERS + 1):
        name = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
        since = date(2010, 1, 1) + timedelta(days=dice.randrange(5_000))
        turnover = f"{dice.randrange(1_000):d}.{dice.randrange(1_000):03d},{dice.randrange(100):02d}"
        street = f"{dice.choice(STREETS)} {dice.randrange(1, 200)}"
        email = f"k{number}@example.com" if number % 600 else f"k{number} at example"
        line = f"{number:05d};{name};{street};{dice.choice(CITIES)};{turnover};{since:%d.%m.%Y};{email}"
        lines.append(line)
        if number % 250 == 0:
            lines.append(line.replace(name, name.upper()))
        if number % 400 == 0:
            lines.append(f"{number:05d};{name};cut off here")
        if number % 700 == 0:
            lines.append(f"{number:05d};{name};{street};Köln;1,00;01.01.2020;a@example.com;one;too many")
    return "\r\n".join(lines) + "\r\n"


def _orders(dice: random.Random) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["order_id", "customer", "product", "qty", "unit_price", "ordered", "note"])
    for number in range(1, ORDERS + 1):
        ordered = datetime(2024, 1, 1) + timedelta(minutes=dice.randrange(200_000))
        when = f"{ordered:%Y-%m-%d}" if number % 3 else f"{ordered:%d.%m.%Y}"
        note = dice.choice(["", "", "ring twice", 'says "thanks"', "back door\nbeside the shed", "N/A"])
        quantity: object = dice.randrange(1, 20)
        customer = f"{dice.randrange(1, CUSTOMERS + 1):05d}"
        if number % 997 == 0:
            quantity = dice.choice(["a dozen", "3,5x", "-4"])
        if number % 1_499 == 0:
            when = "2024-02-30"
        if number % 2_003 == 0:
            customer = "99999"
        price = f"€ {dice.randrange(1, 900)}.{dice.randrange(100):02d}"
        writer.writerow([number, customer, f"  {dice.choice(PRODUCTS)} ", quantity, price, when, note])
        if number % 1_000 == 0:
            writer.writerow([number, customer, dice.choice(PRODUCTS), quantity, price, when, "sent twice"])
    return out.getvalue()


def _products(dice: random.Random, path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Products 2024"
    sheet.append(["Product list, as of May 2024"])
    sheet.append([])
    sheet.append(["SKU", "Name", "Price", "Listed on", "Active"])
    for number in range(1, PRODUCT_ROWS + 1):
        listed = datetime(2023, 1, 1) + timedelta(days=dice.randrange(480))
        name = f"{dice.choice(PRODUCTS)} {number}"
        sheet.append([f"{number:06d}", name, dice.randrange(100, 90_000) / 100, listed, number % 7 != 0])
        if number == 200:
            sheet.append([])
    book.create_sheet("Notes").append(["Nothing to load here"])
    book.save(path)


def _stock(dice: random.Random, day: date) -> str:
    lines = ["day,sku,pieces"]
    lines += [f"{day},{number:06d},{dice.randrange(0, 500)}" for number in range(1, STOCK_ROWS + 1)]
    return "\n".join(lines) + "\n"


def _visits(dice: random.Random) -> str:
    lines = []
    for number in range(1, VISITS + 1):
        visit = {
            "id": f"v-{number}",
            "at": f"2024-05-{dice.randrange(1, 29):02d}T{dice.randrange(24):02d}:{dice.randrange(60):02d}:00Z",
            "user": {"id": dice.randrange(1, CUSTOMERS), "agent": {"os": dice.choice(["mac", "win", "ios"])}},
            "pages": [dice.choice(PRODUCTS) for _ in range(dice.randrange(1, 4))],
            "seconds": dice.choice([dice.randrange(1, 600), None]),
        }
        text = json.dumps(visit, ensure_ascii=False)
        lines.append(text[: len(text) // 2] if number == 1_234 else text)
    return "\n".join(lines) + "\n"


def _late_stock(dice: random.Random) -> str:
    first, *rest = _stock(dice, date(2024, 5, 4)).splitlines()
    lines = [f"{first},warehouse", *(f"{line},{dice.choice(['Gent', 'Graz'])}" for line in rest)]
    return "\n".join(lines) + "\n"


def _prices(dice: random.Random) -> str:
    lines = ["sku;name;price"]
    for number in range(PRODUCT_ROWS - 59, PRODUCT_ROWS + 6):
        name = f"Something New {number}" if number > PRODUCT_ROWS else ""
        price = f"{dice.randrange(100, 90_000) / 100:.2f}".replace(".", ",")
        lines.append(f"{number:06d};{name};{'on request' if number % 25 == 0 else price}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    make(Path(__file__).parent.parent / "demo-data" / "input")
