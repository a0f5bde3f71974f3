"""Importing this module imports what loads need, once for all workers that are made from this process."""

from __future__ import annotations

import gc
from importlib import import_module
from importlib.util import find_spec

ALWAYS = (
    "intakegateway.engine.load",
    "intakegateway.connectors.files.source",
    "intakegateway.connectors.files.csv",
    "intakegateway.connectors.sqlite",
    "intakegateway.connectors.postgresql",
    "intakegateway.workers.executor",
    "multiprocessing.popen_forkserver",
    "typer",
)
IF_INSTALLED = ("pyarrow", "psycopg", "pgpq")
"""Drivers that are used often and are slow to import."""

for name in (*ALWAYS, *(name for name in IF_INSTALLED if find_spec(name))):
    import_module(name)
# What is there now stays: without a look at it, its memory remains shared.
gc.collect()
gc.freeze()
