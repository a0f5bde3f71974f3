"""Errors of MySQL and MariaDB in our words."""

from __future__ import annotations

import re

from intakegateway.connectors.sql.driver import RowsRefusedError
from intakegateway.model.errors import DestinationError, GatewayError, UnavailableError

_ROW_CODES = {
    1062: "UNIQUE", 1586: "UNIQUE", 1048: "NOT_NULL", 1364: "NOT_NULL", 1263: "NOT_NULL", 1452: "FOREIGN_KEY",
    1216: "FOREIGN_KEY", 3819: "CHECK", 4025: "CHECK", 1406: "TOO_LONG", 1264: "OUT_OF_RANGE",
    1690: "OUT_OF_RANGE", 1366: "INVALID_VALUE", 1292: "INVALID_VALUE", 1265: "INVALID_VALUE",
    1411: "INVALID_VALUE", 1367: "INVALID_VALUE", 3140: "INVALID_VALUE", 1365: "INVALID_VALUE",
    1300: "INVALID_VALUE", 1526: "REFUSED", 1644: "REFUSED", 1416: "INVALID_VALUE", 1261: "REFUSED", 1262: "REFUSED",
}  # fmt: skip
_PASSING = {
    1205,
    1213,
    1020,
    1040,
    1053,
    1152,
    1159,
    1160,
    1161,
    1180,
    1203,
    1290,
    2002,
    2003,
    2006,
    2013,
    2014,
    2055,
}
_HINTS = {
    1045: "Check the user and the password of the connection.",
    1698: "Check the user and the password of the connection.",
    1049: "Check the name of the database.",
    1044: "Ask the database's administrator for the right to use it.",
    1142: "Ask the database's administrator for the right to do this.",
    1227: "Ask the database's administrator for the right to do this.",
}


def translate(error: Exception, name: str) -> GatewayError:
    """An error of PyMySQL in our words: a refused row, something that may pass, or neither."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    if number in _ROW_CODES:
        return refused(number, text)
    if number in (2003, 2005) and re.search(r"\[Errno -[25]\]|getaddrinfo", text):
        return DestinationError(f"cannot connect: {text}", where=name, hint="Check the name of the host.")
    if number in _PASSING or (number == 0 and "Packet" in text):
        return UnavailableError(text, where=name, hint="Check that the server runs, and try again.")
    return DestinationError(text, where=name, hint=_HINTS.get(number))


def refused(number: int, text: str) -> RowsRefusedError:
    """A row that the server refused, from the number and the text of its error or warning."""
    column = re.search(r"[Cc]olumn '([^']+)'|for column .*?`([^`]+)` at row|[Ff]ield '([^']+)'", text)
    named = next((part for part in column.groups() if part), "") if column else ""
    constraint = re.search(r"CONSTRAINT `([^`]+)`|for key '([^']+)'", text)
    rule = next((part for part in constraint.groups() if part), "") if constraint else ""
    # The number counts the rows of a statement of ours.
    text = re.sub(r" at row \d+$", "", text)
    return RowsRefusedError(text, _ROW_CODES.get(number, "INVALID_VALUE"), named, rule)
