"""A table of MariaDB into PostgreSQL with dlt's sql_database source on its fastest backend."""

from __future__ import annotations

import os
import sys
import tempfile

import dlt
from dlt.sources.sql_database import sql_table


def main(source: str, database: str, table: str) -> None:
    # dlt refuses a URL without a password, which a private server does not ask for.
    os.environ.setdefault("DESTINATION__POSTGRES__CREDENTIALS__PASSWORD", "unused")
    rows = sql_table(
        source.replace("mysql://", "mysql+pymysql://"), table=table, backend="pyarrow", chunk_size=100_000
    )
    pipeline = dlt.pipeline(
        "copy",
        destination=dlt.destinations.postgres(database),
        dataset_name="dlt_copy",
        pipelines_dir=tempfile.mkdtemp(),
    )
    print(pipeline.run(rows, write_disposition="replace"))


if __name__ == "__main__":
    main(*sys.argv[1:])
