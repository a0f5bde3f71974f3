"""What all transforms share, and the checks of the patterns and formats in them."""

import re
from typing import Annotated, ClassVar

from pydantic import AfterValidator, ConfigDict

from intakegateway.model.definition import Definition

_DIRECTIVES = "aAbBcCdDeFfgGhHIjklmMnpPqrRsStTuUvVwWxXyYzZ%+"


class Step(Definition):
    """What all transforms share: a name, the argument that may stand alone, and the kinds of value."""

    model_config = ConfigDict(defer_build=True)
    name: ClassVar[str] = ""
    main: ClassVar[str] = ""
    takes: ClassVar[str] = "text"
    gives: ClassVar[str] = "text"


def check_format(text: str) -> str:
    """``text``, if every ``%`` in it begins a directive that is known. Raises ``ValueError``."""
    place = 0
    while (place := text.find("%", place)) >= 0:
        match = re.match(r"%(?:\.?[369]?f|:{0,3}z|#z|[-_0]?[A-Za-z%+])", text[place:])
        directive = match[0] if match else text[place : place + 2]
        if match is None or (directive[-1] not in _DIRECTIVES):
            raise ValueError(
                f"'{text}' has an unknown directive '{directive}' at character {place + 1}. "
                "Common ones: %Y %m %d %H %M %S %y %b %B %p %I %z, and %% for a percent sign."
            )
        place += len(directive)
    if text and "%" not in text:
        raise ValueError(f"'{text}' is not a date format: it has no directive such as %Y, %m or %d.")
    return text


def check_pattern(text: str) -> str:
    """``text``, if it is a regular expression of the Rust kind. Raises ``ValueError``."""
    import polars as pl

    try:
        pl.select(pl.lit("").str.contains(text))
    except pl.exceptions.ComputeError as refused:
        lines = str(refused).splitlines()
        carets = next((line for line in lines if line.strip() and set(line.strip()) == {"^"}), None)
        place = (
            f" at character {len(carets) - len(carets.lstrip()) - 3}" if carets and "\n" not in text else ""
        )
        why = next((line.removeprefix("error: ") for line in lines if line.startswith("error: ")), lines[0])
        raise ValueError(f"'{text}' is not a pattern that can be used: {why}{place}.") from None
    return text


DateFormat = Annotated[str, AfterValidator(check_format)]
"""A ``strptime`` or ``strftime`` format."""

Pattern = Annotated[str, AfterValidator(check_pattern)]
"""A regular expression of the Rust kind."""
