"""A folder of files as a kind of connection: Parquet, CSV and JSON lines out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from intakegateway.connectors.catalog import Config, Connector, Setting
from intakegateway.connectors.probing import Probe
from intakegateway.model.load import Mode


def _address(config: Config) -> str:
    folder = str(config.get("path") or "").rstrip("/")
    return f"{folder}/?format={config.get('format') or 'parquet'}"


def _from_url(url: str) -> dict[str, Any]:
    bare, _, query = url.removeprefix("file://").partition("?")
    given = parse_qs(query).get("format", [])
    return {"path": bare, **({"format": given[0]} if given else {})}


def _nothing(config: Mapping[str, Any]) -> dict[str, Any]:
    """Files are read by a task's own path."""
    return {}


def _probe(config: Config) -> Probe:
    from intakegateway.connectors.files.probe import FolderProbe

    return FolderProbe(config)


CONNECTOR = Connector(
    kind="file",
    title="Folder of files",
    description="A folder of the gateway's machine that gets one file for each table.",
    group="files",
    settings=(
        Setting(
            "path", "Folder", "A relative one is in the data folder of the gateway.", required=True,
            examples=("exports",),
        ),
        Setting("format", "Format", choices=("parquet", "csv", "jsonl"), default="parquet"),
    ),
    source=False,
    modes=(Mode.APPEND, Mode.TRUNCATE_INSERT),
    address=_address,
    source_keys=_nothing,
    from_url=_from_url,
    probe=_probe,
)  # fmt: skip
