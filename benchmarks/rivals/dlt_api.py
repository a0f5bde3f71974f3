"""The same with dlt's rest_api source. Run with the Python of the rivals' environment."""

from __future__ import annotations

import os
import sys
import tempfile

import dlt
from dlt.sources.rest_api import rest_api_source


def main(url: str, database: str) -> None:
    # dlt refuses a URL without a password, which a private server does not ask for.
    os.environ.setdefault("DESTINATION__POSTGRES__CREDENTIALS__PASSWORD", "unused")
    base, _, path = url.rpartition("/")
    source = rest_api_source(
        {
            "client": {
                "base_url": base,
                "paginator": {"type": "page_number", "base_page": 1, "total_path": "pages"},
            },
            "resources": [{"name": "dlt_api_orders", "endpoint": {"path": path, "data_selector": "data"}}],
        }
    )
    pipeline = dlt.pipeline(
        "api",
        destination=dlt.destinations.postgres(database),
        dataset_name="dlt_api",
        pipelines_dir=tempfile.mkdtemp(),
    )
    print(pipeline.run(source, write_disposition="replace"))


if __name__ == "__main__":
    main(*sys.argv[1:])
