"""Where the product keeps its own files."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The data folder: ``INTAKEGATEWAY_HOME``, else ``~/.intakegateway``. Not made here."""
    given = os.environ.get("INTAKEGATEWAY_HOME")
    return Path(given).expanduser() if given else Path.home() / ".intakegateway"
