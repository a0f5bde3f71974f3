from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from intakegateway.services.definitions import validated

API = "/api/v1"


def test_fields_find_their_columns(client: TestClient) -> None:
    task = {
        "name": "t", "source": {"file": "x.csv"}, "load": {"to": "memory://x", "table": "t"},
        "mapping": [{"to": "customer_ref", "from": "KdNr"}],
    }  # fmt: skip
    assert client.post(f"{API}/tasks", json=task).status_code == 201
    asked = {"fields": ["KdNr", "E-Mail", "user.city"], "columns": ["customer_ref", "email", "city"]}
    found = client.post(f"{API}/auto-match", json=asked).json()
    assert [(one["field"], one["column"], one["reason"]) for one in found] == [
        ("E-Mail", "email", "same name but for letter case and separators"),
        ("KdNr", "customer_ref", "matched so before"),
        ("user.city", "city", "the last part of the path has the same name"),
    ]


def test_transforms_are_suggested(client: TestClient) -> None:
    pair = {"field": {"name": "when", "type": "date", "date_format": "%d.%m.%Y"},
            "column": {"name": "day", "type": "date"}}  # fmt: skip
    number = {"field": {"name": "n"}, "column": {"name": "n", "type": "int32"}}
    found = client.post(f"{API}/suggest-transforms", json=[pair, number]).json()
    assert found[1]["transforms"] == [{"parse_number": "."}]
    odd = [{**number, "column": {"name": "n", "type": "inet"}}]
    assert client.post(f"{API}/suggest-transforms", json=odd).json()[0]["transforms"] == []


def test_the_sign_of_decimals_is_suggested_from_the_samples(client: TestClient) -> None:
    column = {"name": "amount", "type": "decimal(10,2)"}
    for samples, sign in ((["1.250,50", "2,75", "n/a"], ","), (["1,250.50", "2.75", "n/a"], ".")):
        pair = {"field": {"name": "Betrag", "type": "text", "samples": samples}, "column": column}
        found = client.post(f"{API}/suggest-transforms", json=[pair]).json()
        assert found[0]["transforms"] == [{"parse_number": sign}]


def test_what_a_mapping_may_do_wrong_is_said(client: TestClient) -> None:
    draft = {
        "mapping": [{"to": "a", "from": "x"}, {"to": "b", "from": "x"}, {"to": "c", "from": "gone"}],
        "fields": [{"name": "x", "type": "json"}, {"name": "left"}],
        "columns": [{"name": "a", "type": "integer"}, {"name": "b"}, {"name": "need", "nullable": False}],
    }
    said = client.post(f"{API}/check-mapping", json=draft).json()["warnings"]
    assert said == [
        "Field 'x' has arrays or objects, column 'a' takes one integer: name an element ('x.0') or explode it.",
        "Field 'x' is used 2 times: a, b.",
        "There is no column 'c'.",
        "The column 'need' needs a value, and no mapping fills it.",
        "No field 'gone' was seen in the source.",
        "Fields that the mapping does not use: left.",
    ]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_mapping_is_written_as_a_file_and_read_again(client: TestClient, form: str) -> None:
    mapping = [{"to": "id", "from": "Kunden-Nr", "transforms": ["trim"]}]
    text = client.post(f"{API}/write-mapping", json={"mapping": mapping, "format": form}).json()["text"]
    assert text.startswith("{" if form == "json" else "mapping:")
    assert client.post(f"{API}/read-mapping", json={"text": text}).json() == {"mapping": mapping}
    wrong = client.post(f"{API}/read-mapping", json={"text": "mapping: [{to: a}]"})
    assert (wrong.status_code, wrong.json()["where"]) == (422, "mapping[0]")


def test_types_that_only_the_destination_knows_are_taken_as_they_are_shown(client: TestClient) -> None:
    draft = {
        "mapping": [{"to": "ip", "from": "x"}], "fields": [{"name": "x"}], "columns": [{"name": "ip", "type": "inet"}],
    }  # fmt: skip
    assert client.post(f"{API}/check-mapping", json=draft).json() == {"warnings": []}
    asked = {"expression": "ip IS NULL", "fields": {"ip": "inet"}}
    assert client.post(f"{API}/validate-expression", json=asked).json()["type"] == "boolean"
    tried = {
        "rows": [{"x": "10.0.0.1"}], "mapping": draft["mapping"], "columns": draft["columns"],
    }  # fmt: skip
    answer = client.post(f"{API}/preview-transform", json=tried).json()
    assert answer["rows"][0]["after"] == {"ip": "10.0.0.1"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("qty * price", {"valid": True, "type": "decimal"}),
        ("qty * prise", {"valid": False, "position": 7, "hint": "Did you mean 'price'?"}),
        ("qty * (", {"valid": False, "position": 7}),
        ("(select 1)", {"valid": False}),
    ],
)
def test_expressions_are_checked_with_the_place_of_the_error(
    client: TestClient, expression: str, expected: dict[str, Any]
) -> None:
    asked = {"expression": expression, "fields": {"qty": "integer", "price": "decimal(10,2)"}}
    found = client.post(f"{API}/validate-expression", json=asked).json()
    if found["type"]:
        found["type"] = found["type"].partition("(")[0]
    assert {key: found[key] for key in expected} == expected, found


def test_values_are_shown_before_and_after(client: TestClient) -> None:
    draft = {
        "rows": [{"when": "24.12.2024", "n": "1"}, {"when": "soon", "n": "2"}],
        "mapping": [{"to": "day", "from": "when", "transforms": [{"to_date": "%d.%m.%Y"}]}],
        "columns": [{"name": "day", "type": "date"}],
    }
    tried = client.post(f"{API}/preview-transform", json=draft).json()
    first, second = tried["rows"]
    assert (first["before"]["when"], first["after"]) == ("24.12.2024", {"day": "2024-12-24"})
    assert (second["outcome"], second["problems"][0]["column"]) == ("rejected", "day")


def test_transforms_and_rules_tell_their_options(client: TestClient) -> None:
    transforms = {one["name"]: one for one in client.get(f"{API}/transforms").json()}
    assert len(transforms) == 23
    assert transforms["pad"]["options"]["required"] == ["length"]
    templates = client.get(f"{API}/rules/templates").json()
    rules = [one["example"] for one in templates]
    mapping = [
        {"to": f"c{n}", "from": "f", "transforms": [t["example"]]} for n, t in enumerate(transforms.values())
    ]
    task = {"name": "t", "source": {"path": "x"}, "load": {"to": "x.csv", "table": "t"}}
    spec = validated({**task, "rules": rules, "mapping": mapping})
    assert len(spec.rules) == len(templates) == 9


def test_a_file_is_looked_into(client: TestClient) -> None:
    content = b"a;b\n1;x\n2;\n"
    client.post(f"{API}/files", content=content, params={"name": "f.csv"})
    seen = client.get(f"{API}/files/f.csv/preview", params={"rows": 1}).json()
    assert (seen["source"], seen["data"], seen["whole"]) == ("f.csv", [{"a": "1", "b": "x"}], False)
    as_lines = client.get(f"{API}/files/f.csv/preview", params={"delimiter": ",", "header": False}).json()
    assert as_lines["rows"] == 3
    wrong = client.get(f"{API}/files/f.csv/preview", params={"format": "csw"})
    assert (wrong.status_code, wrong.json()["hint"]) == (422, "Did you mean 'csv'?")
    assert client.get(f"{API}/files/f.csv").json()["has_profile"] is False
    profile = client.get(f"{API}/files/f.csv/profile").json()
    assert (profile["rows"], profile["whole"]) == (2, True)
    assert profile["columns"][1] | {"nulls": 1, "distinct": 1, "type": "text"} == profile["columns"][1]
    assert client.get(f"{API}/files/f.csv").json()["has_profile"] is True
    assert client.get(f"{API}/files/f.csv/profile").json() == profile
