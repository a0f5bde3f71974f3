from __future__ import annotations

from typing import Any

import pytest

import intakegateway as ig
from intakegateway.connectors.memory import open_destination
from intakegateway.model.errors import DefinitionError, DestinationError
from intakegateway.model.run import Result
from intakegateway.services.definitions import validated
from intakegateway.services.local_runs import run_task

COLUMNS = [
    {"name": "id", "type": "integer", "primary_key": True},
    {"name": "Total", "type": "decimal(10,2)"},
    {"name": "note", "type": "text(20)"},
]
ROWS = [{"id": "1", "total": "3.5", "note": "a", "extra": "x"}]


@pytest.fixture
def to(request: pytest.FixtureRequest) -> str:
    return f"memory://{request.node.name}"


def load(to: str, rows: list[dict[str, Any]], *, mapping: Any = (), **more: Any) -> Result:
    from intakegateway.connectors.memory import MemorySource

    given = {"columns": COLUMNS, "to": to, "table": "t", **more}
    task = {"name": "t", "source": {"path": "rows"}, "mapping": mapping, "load": given}
    return run_task(validated(task), source=MemorySource(rows))


def test_a_new_table_is_made_of_the_columns(to: str) -> None:
    result = load(to, ROWS)
    table = open_destination(to).inspect("t")
    assert table is not None
    assert [(c.name, str(c.type), c.nullable) for c in table.columns] == [
        ("id", "integer", False), ("Total", "decimal(10,2)", True), ("note", "text(20)", True)
    ]  # fmt: skip
    assert table.primary_key == ("id",)
    assert result.counts.inserted == 1
    assert any("extra" in one for one in result.warnings)


def test_a_column_without_a_field_stays_empty_and_types_hold(to: str) -> None:
    result = load(to, [{"id": 1, "total": "x"}, {"id": 2, "total": "2"}])
    assert (result.counts.inserted, result.counts.rejected) == (1, 1)
    assert open_destination(to).frame("t")["note"].to_list() == [None]


def test_other_columns_of_a_table_are_left_alone(to: str) -> None:
    ig.load([{"id": 1, "total": "1", "note": "n", "kept": "k"}], to, "t", columns=None)
    mapping = [{"to": "id", "from": "id"}, {"to": "kept", "from": "extra"}]
    with pytest.raises(DefinitionError, match="'kept' is not one of the columns") as wrong:
        load(to, ROWS, mapping=mapping, columns=[{"name": "id", "type": "int8"}])
    assert wrong.value.path == ("mapping", 1, "to")
    columns = [{"name": "id", "type": "int8"}, {"name": "note"}]
    load(to, [{"id": 2, "note": "m", "kept": "lost"}], columns=columns)
    assert open_destination(to).frame("t").select("id", "note", "kept").rows() == [
        (1, "n", "k"),
        (2, "m", None),
    ]


def test_a_column_that_the_table_lacks_is_added_only_when_it_may_be(to: str) -> None:
    ig.load([{"id": 1}], to, "t")
    columns = [{"name": "id", "type": "int8"}, {"name": "note"}]
    with pytest.raises(DefinitionError, match="has no column 'note', which the load is held to"):
        load(to, ROWS, columns=columns)
    result = load(to, ROWS, columns=columns, drift="evolve")
    table = open_destination(to).inspect("t")
    assert table is not None
    assert table.column_names == ("id", "note")
    assert "The column 'note' (text) is added to 't'." in result.warnings
    assert any("extra" in one for one in result.warnings)


def test_a_type_is_never_changed_silently(to: str) -> None:
    ig.load([{"id": "1"}], to, "t")
    with pytest.raises(DefinitionError, match=r"is integer|is int\d+") as wrong:
        load(to, ROWS, columns=[{"name": "id", "type": "date"}])
    assert wrong.value.path == ("load", "columns")


def test_unknown_fields_can_be_refused(to: str) -> None:
    with pytest.raises(DefinitionError, match="'extra'"):
        load(to, ROWS, drift="reject")
    with pytest.raises(DestinationError, match="none may be made"):
        load(to, ROWS, create="never")


def test_columns_are_looked_at_when_they_are_defined() -> None:
    task = {"name": "t", "source": {"path": "x"}, "load": {"to": "x.csv", "table": "t"}}
    for columns, said in (
        ([{"name": "a", "type": "intger"}], "'intger' is not a type"),
        ([{"name": "a"}, {"name": "A"}], "comes twice"),
    ):
        with pytest.raises(DefinitionError, match=said):
            validated({**task, "load": {**task["load"], "columns": columns}})  # type: ignore[dict-item]
