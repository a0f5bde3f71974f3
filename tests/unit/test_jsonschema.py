from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from intakegateway.model.errors import DefinitionError
from intakegateway.services.jsonschema import json_schema
from intakegateway.services.projectfiles import read_project
from intakegateway.services.yamlfiles import parse_document

TASK = """
name: orders
source:
  kind: http
  url: https://api.example.com/v2/orders
  records: $.data[*]
mapping:
  - {to: id, from: id}
  - {to: [first_name, last_name], split: {from: user.name, by: " "}}
  - {to: address, join: {from: [street, city], with: ", "}}
load:
  to: postgresql://me@host/db
  table: public.orders
  mode: upsert
  keys: id
  skip_when: {column: processed, equals: "Y"}
  nulls: keep
  drift: evolve
  max_rejects: 5%
"""

PROJECT = """
project: shop
connections:
  warehouse: postgresql://me@host/db
  other: {kind: mysql, host: db, database: x, user: me}
  api: {url: "https://api.example.com", timeout: 5}
defaults:
  source: {encoding: cp1252}
  load: {connection: warehouse, max_rejects: 10}
table_naming: {strip_prefix: exp_, lowercase: true, replace: {"-": _}}
tables:
  "orders_*": {load: {mode: upsert, keys: [id]}}
tasks:
  orders:
    source: {path: orders.csv}
    load: {table: orders}
"""


def _faults(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str = "$") -> list[str]:
    """As much of JSON schema as ours uses, so that no package is needed for it."""
    known = {
        "$ref", "$defs", "$schema", "type", "properties", "required", "additionalProperties", "items", "anyOf",
        "oneOf", "enum", "const", "pattern", "title", "description", "default", "minimum", "maximum",
        "exclusiveMinimum", "minItems", "minLength", "discriminator", "format", "writeOnly", "prefixItems",
        "maxItems", "examples", "deprecated", "not", "propertyNames", "minProperties", "maxProperties",
    }  # fmt: skip
    assert schema.keys() <= known, schema.keys() - known
    if "$ref" in schema:
        return _faults(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, at)
    found = [
        f"{at}: fits no alternative"
        for branches in (schema.get("anyOf"), schema.get("oneOf"))
        if branches and all(_faults(value, branch, root, at) for branch in branches)
    ]
    wanted = schema.get("type")
    types = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
    }
    if wanted is not None:
        names = [wanted] if isinstance(wanted, str) else wanted
        if not any(value is None if name == "null" else isinstance(value, types[name]) for name in names):
            found.append(f"{at}: is no {wanted}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: {value!r} is not {schema['const']!r}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{at}: {value!r} does not match")
    if isinstance(value, dict):
        found += [f"{at}: lacks {key}" for key in schema.get("required", ()) if key not in value]
        for key, item in value.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", True))
            if inner is False:
                found.append(f"{at}: does not know {key}")
            elif isinstance(inner, dict):
                found += _faults(item, inner, root, f"{at}.{key}")
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for index, item in enumerate(value):
            found += _faults(item, schema["items"], root, f"{at}[{index}]")
    return found


def _checked(text: str, name: str) -> list[str]:
    schema = json_schema(name)
    return _faults(parse_document(text).value, schema, schema)


@pytest.mark.parametrize(("text", "name"), [(TASK, "task"), (PROJECT, "project")])
def test_a_file_that_is_read_also_fits_the_schema(text: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    assert read_project(path).tasks
    assert _checked(text, name) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (TASK.replace("mode: upsert", "mode: upsrt"), "task"),
        (TASK.replace("table: public", "tabel: public"), "task"),
        (TASK.replace("5%", "many"), "task"),
        (PROJECT.replace("encoding", "encodng"), "project"),
        (PROJECT.replace("mode: upsert", "mode: upsrt"), "project"),
        (PROJECT.replace("table_naming", "naming"), "project"),
        (PROJECT.replace("path: orders.csv", "pth: orders.csv"), "project"),
    ],
)
def test_what_is_refused_does_not_fit_the_schema_either(text: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    assert _checked(text, name) != []
    if "pth" not in text:
        with pytest.raises(DefinitionError):
            read_project(path)


def test_the_fields_have_their_sentences() -> None:
    load = json_schema("task")["$defs"]["LoadSpec"]["properties"]
    assert load["to"]["description"].startswith("A destination URL")
    assert load["keep_parquet"]["description"]


def test_a_schema_that_is_not_there_is_told() -> None:
    with pytest.raises(DefinitionError, match="there is no schema 'tsk'"):
        json_schema("tsk")
