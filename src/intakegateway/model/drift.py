"""How a run's warnings tell that a source and its table have grown apart."""

from __future__ import annotations

import re

_TELLING = re.compile(
    r"Fields without a column in '"
    r"|The column '[^']+' (\(.+\) is added to|is widened from) "
    r"|Field '[^']+' is .+, the column '[^']+' is .+: rows whose value does not fit are rejected"
)


def tells_drift(warning: str) -> bool:
    """Whether a warning is about columns that are missing, were added, were widened, or do not fit."""
    return _TELLING.match(warning) is not None
