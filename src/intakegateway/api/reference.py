"""``/api/docs``: every operation of the API on one page; it needs no script, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

PATH = "/api/docs"
_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem }
summary { cursor: pointer; padding: .25rem 0 }
code, pre { font: 13px/1.45 ui-monospace, monospace }
pre { background: #8881; overflow-x: auto; padding: .6rem }
table { border-collapse: collapse }
td { border-top: 1px solid #8884; padding: .2rem .8rem .2rem 0; vertical-align: top }
.method { display: inline-block; font-weight: 700; min-width: 4.5rem }
details > div { border-left: 3px solid #8884; margin: .2rem 0 1rem; padding-left: 1rem }
nav a { margin-right: .8rem }
"""


def install(app: FastAPI, base_path: str) -> None:
    """Serve the page; it is made when it is first asked for."""

    @cache
    def page() -> bytes:
        return rendered(app.openapi(), base_path + str(app.openapi_url)).encode()

    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    )

    def documentation() -> HTMLResponse:
        return HTMLResponse(page(), headers={"Content-Security-Policy": policy})

    app.add_api_route(PATH, documentation, include_in_schema=False)


def rendered(document: Mapping[str, Any], address: str) -> str:
    """The page. ``address``: where the document itself is."""
    schemas = document.get("components", {}).get("schemas", {})
    groups: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            tag = str((operation.get("tags") or ["other"])[0])
            groups.setdefault(tag, []).append(_operation(path, method, operation, schemas))
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    links = "".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in groups)
    parts = "".join(
        f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(found)}' for tag, found in groups.items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f'<h1>{title}</h1><p>The same for programs: <a href="{escape(address)}">{escape(address)}</a></p>'
        f"<nav>{links}</nav>{parts}</body></html>"
    )


def _operation(path: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    said = escape(str(operation.get("summary", "")))
    inside = f"<p>{escape(str(operation.get('description', '')))}</p>"
    rows = [
        (f"{one['name']} ({one['in']}{', required' if one.get('required') else ''})",
         str(one.get("description") or one.get("schema", {}).get("type", "")))
        for one in operation.get("parameters", ())
    ]  # fmt: skip
    inside += _table(rows)
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        inside += f"<p>Body: <code>{escape(kind)}</code></p>{_schema(content.get('schema', {}), schemas)}"
    for status, answer in operation.get("responses", {}).items():
        if not status.startswith("2"):
            continue
        inside += f"<p>{escape(status)}: {escape(str(answer.get('description', '')))}</p>"
        for content in answer.get("content", {}).values():
            inside += _schema(content.get("schema", {}), schemas)
    others = [status for status in operation.get("responses", {}) if not status.startswith("2")]
    inside += f"<p>Problems: {escape(', '.join(others))}</p>" if others else ""
    return (
        f'<details><summary><span class="method">{method.upper()}</span><code>{escape(path)}</code> {said}'
        f"</summary><div>{inside}</div></details>"
    )


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><td><code>{escape(a)}</code><td>{escape(b)}" for a, b in rows)
    return f"<table>{cells}</table>" if cells else ""


def _schema(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """The fields of an object, else the schema as it is."""
    found = _resolved(schema, schemas)
    rows = [
        (f"{name}{' (required)' if name in found.get('required', ()) else ''}: {_type(one)}",
         str(one.get("description", "")) + _example(one))
        for name, one in found.get("properties", {}).items()
    ]  # fmt: skip
    return _table(rows) or (f"<pre>{escape(json.dumps(found, indent=1)[:2000])}</pre>" if found else "")


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: Mapping[str, Any] = schemas.get(name, schema) if name else schema
    return found


def _type(one: Mapping[str, Any]) -> str:
    if "$ref" in one:
        return str(one["$ref"]).rpartition("/")[2]
    if "anyOf" in one:
        return " or ".join(_type(each) for each in one["anyOf"])
    if one.get("type") == "array":
        return f"list of {_type(one.get('items', {}))}"
    return str(one.get("type", "any"))


def _example(one: Mapping[str, Any]) -> str:
    examples = one.get("examples")
    return f" For example {json.dumps(examples[0], ensure_ascii=False)}" if examples else ""
