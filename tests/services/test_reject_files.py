from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import psycopg
import pytest

from intakegateway.bootstrap import Gateway
from intakegateway.model.actor import Actor
from intakegateway.model.errors import ConflictError, DefinitionError
from intakegateway.model.views.rejects import (
    CellEdit,
    CheckDraft,
    EditsDraft,
    EverywhereDraft,
    RejectFilter,
    ReplayDraft,
)
from intakegateway.model.views.runs import RunView
from intakegateway.services.rejectfiles import LocalCopies, pack, unpack
from intakegateway.store.blobs import FolderBlobs
from servers import server_url
from services.test_rejects import make_task, orders, run, spec_of, started, target

__all__ = ["orders", "run", "target"]
Export = Callable[..., bytes]


@pytest.fixture
def database_url(template_file: Path, tmp_path: Path) -> str:
    """One kind of store is enough for what is about files."""
    shutil.copy(template_file, tmp_path / "app.db")
    return f"sqlite:///{tmp_path / 'app.db'}"


@pytest.fixture
def export(gateway: Gateway, admin: Actor, run: RunView) -> Export:
    def whole(form: Any, **wanted: Any) -> bytes:
        return b"".join(gateway.reject_exports.export(admin, run.id, form, RejectFilter(**wanted)))

    return whole


def values(gateway: Gateway, admin: Actor, run: RunView) -> list[Any]:
    return [one.values for one in gateway.rejects.find_all(admin, run.id, RejectFilter()).items]


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
def test_an_export_that_comes_back_as_it_was_changes_nothing(
    gateway: Gateway, admin: Actor, run: RunView, export: Export, form: Any
) -> None:
    for risky in ("=1+1", "'=1+1", "-5", "'-5", "@a", "", None, "  x ", 'a"b\nc', "007"):
        gateway.corrections.edit(
            admin, run.id, EditsDraft(edits=(CellEdit(row=1, field="note", value=risky),
                                             CellEdit(row=2, field="note", value="y")))
        )  # fmt: skip
        taken = gateway.reject_imports.take(admin, run.id, form, [export(form)])
        assert (taken.rows, taken.changed, taken.skipped) == (6, 0, 0), risky


@pytest.mark.parametrize("form", ["csv", "jsonl", "xlsx"])
def test_cells_that_differ_become_edits(
    gateway: Gateway, admin: Actor, run: RunView, export: Export, form: Any
) -> None:
    changed = export(form)
    if form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(changed))
        sheet = book["rejects"]
        for row in sheet.iter_rows():
            for one in row:
                if one.value == "ten":
                    one.value = 10
        out = io.BytesIO()
        book.save(out)
        changed = out.getvalue()
    else:
        changed = changed.replace(b",ten,", b",10,").replace(b'"qty":"ten"', b'"qty":"10"')
    taken = gateway.reject_imports.take(admin, run.id, form, [changed])
    assert (taken.rows, taken.changed) == (6, 3)
    assert [one.get("qty") for one in values(gateway, admin, run)] == [None, "10", "10", None, "10", "6"]
    gateway.corrections.undo(admin, run.id)
    assert [one.get("qty") for one in values(gateway, admin, run)] == [None, "ten", "ten", None, "ten", "6"]


def test_an_export_has_numbers_edits_and_errors(
    gateway: Gateway, admin: Actor, run: RunView, export: Export
) -> None:
    gateway.corrections.edit(
        admin, run.id, EditsDraft(edits=(CellEdit(row=1, field="note", value='=HYPERLINK("x")'),))
    )
    lines = export("csv").decode().splitlines()
    assert lines[0] == "_reject,id,qty,note,_locator,_codes,_columns,_message,_raw"
    assert lines[2].startswith('1,2,ten,"\'=HYPERLINK(""x"")",line 4,INVALID_TYPE,qty,')
    frame = pl.read_parquet(io.BytesIO(export("parquet")))
    assert frame["note"].to_list()[1] == '=HYPERLINK("x")'
    assert frame["_raw"].to_list()[0] == "20,1,a,too,many"
    sheet = openpyxl.load_workbook(io.BytesIO(export("xlsx")))["rejects"]
    cell = next(one for row in sheet.iter_rows() for one in row if str(one.value).startswith("=HYPER"))
    assert cell.data_type == "s"
    assert export("jsonl", search="seven").count(b"\n") == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("_reject,qty\n1,10\nx,11\n", r"line 3: 'x' is not the number of a reject"),
        ("_reject,qty\n1,10\n99,11\n", r"line 3: '99' is not the number of a reject"),
        ("_reject,qty\n1,10\n1,11\n", "reject 1 is in the file more than once"),
        ("_reject,qtty\n1,10\n", "no field 'qtty'"),
        ("qty,note\n1,10\n", "no column '_reject'"),
        ("_reject,qty\n1,10\n2,11,12\n", "line 3: "),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_its_line(
    gateway: Gateway, admin: Actor, run: RunView, content: str, said: str
) -> None:
    with pytest.raises(DefinitionError, match=said):
        gateway.reject_imports.take(admin, run.id, "csv", [content.encode()])
    assert gateway.rejects.groups(admin, run.id).edits == 0


def test_rejects_that_are_not_open_any_more_are_left_alone_by_an_import(
    gateway: Gateway, admin: Actor, run: RunView, export: Export
) -> None:
    changed = export("csv").replace(b",ten,", b",10,")
    gateway.replays.start(admin, run.id, ReplayDraft(rows=(1,)))
    taken = gateway.reject_imports.take(admin, run.id, "csv", [changed])
    assert (taken.changed, taken.skipped) == (2, 1)


def test_edits_of_equal_values_become_a_step_of_the_mapping(
    gateway: Gateway, admin: Actor, project: str, run: RunView, target: Path
) -> None:
    with pytest.raises(ConflictError, match="no equal values of 'qty'"):
        gateway.proposals.propose(admin, run.id, "qty")
    gateway.corrections.edit_everywhere(admin, run.id, EverywhereDraft(field="qty", old="ten", new="10"))
    gateway.corrections.edit_everywhere(admin, run.id, EverywhereDraft(field="qty", old=None, new="0"))
    found = gateway.proposals.propose(admin, run.id, "qty")
    assert "'ten' becomes '10'" in found.sentence
    spec = {**run.spec, "name": "ruled", "mapping": found.mapping}
    spec["load"] = {"to": f"sqlite:///{target}", "table": "ruled"}
    ruled = started(gateway, admin, project, spec)
    assert (ruled.inserted_records, ruled.rejected_records) == (8, 3)


@pytest.mark.parametrize("kind", ["duckdb", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_replays_go_into_other_databases(
    gateway: Gateway, admin: Actor, project: str, orders: Path, tmp_path: Path, kind: str
) -> None:
    url = f"duckdb:///{tmp_path / 'shop.duckdb'}" if kind == "duckdb" else server_url("postgresql")
    spec = spec_of(
        orders, url, table=f"orders_{tmp_path.name[-20:]}".replace("-", "_"), mode="upsert", keys=["id"]
    )
    parent = started(gateway, admin, project, spec)
    gateway.corrections.edit_everywhere(admin, parent.id, EverywhereDraft(field="qty", old="ten", new="10"))
    assert gateway.replays.check(admin, parent.id, CheckDraft()).passed == 2
    child = gateway.replays.start(admin, parent.id, ReplayDraft(edited=True))
    assert (child.status, child.inserted_records, child.rejected_records) == ("PARTIAL_SUCCESS", 2, 1)
    count = f"SELECT count(*), sum(qty) FROM {spec['load']['table']}"
    if kind == "duckdb":
        with duckdb.connect(str(tmp_path / "shop.duckdb")) as other:
            assert other.execute(count).fetchone() == (7, 330)
    else:
        with psycopg.connect(url) as server:
            assert server.execute(count).fetchone() == (7, 330)  # type: ignore[arg-type]
            server.execute(f"DROP TABLE {spec['load']['table']}")  # type: ignore[arg-type]


def test_typed_fields_keep_their_types_unless_an_edit_needs_text(
    gateway: Gateway, admin: Actor, project: str, tmp_path: Path, target: Path
) -> None:
    frame = pl.DataFrame(
        {"id": [1, None, None], "at": pl.Series(["2024-05-01"] * 3).str.to_date(), "price": [1.5] * 3}
    )
    frame.write_parquet(tmp_path / "typed.parquet")
    spec = {
        "name": "typed", "source": {"kind": "file", "path": str(tmp_path / "typed.parquet")},
        "rules": [{"not_null": "id"}], "load": {"to": f"sqlite:///{target}", "table": "typed"},
    }  # fmt: skip
    make_task(gateway, project, spec)
    parent = started(gateway, admin, project, {**spec, "name": "typed2"})
    seen = values(gateway, admin, parent)
    assert seen[0] == {"id": None, "at": "2024-05-01", "price": "1.5"}
    edits = (CellEdit(row=0, field="id", value="2"), CellEdit(row=1, field="id", value="three"))
    gateway.corrections.edit(admin, parent.id, EditsDraft(edits=edits))
    child = gateway.replays.start(admin, parent.id, ReplayDraft())
    assert (child.inserted_records, child.rejected_records) == (1, 1)


def test_numbers_are_packed_and_unpacked() -> None:
    for numbers in ([0], [5], [0, 1, 2, 9], list(range(3, 3000, 7))):
        assert unpack(pack(pl.Series(numbers))).to_list() == numbers


def test_copies_of_a_remote_store_are_fetched_once_and_the_oldest_go(tmp_path: Path) -> None:
    class Remote:
        def __init__(self) -> None:
            self.inner = FolderBlobs(tmp_path / "blobs")
            self.fetched: list[str] = []

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

        def read(self, key: str, start: int = 0) -> Any:
            self.fetched.append(key)
            return self.inner.read(key, start)

    remote = Remote()
    for number in range(10):
        remote.inner.put(f"rejects/{number}", [b"x%d" % number])
    copies = LocalCopies(remote)  # type: ignore[arg-type]
    with copies.open("rejects/0") as first:
        assert first.read_bytes() == b"x0"
        for number in range(1, 10):
            with copies.open(f"rejects/{number}") as path:
                assert path.read_bytes() == b"x%d" % number
        assert first.exists(), "what is in use stays"
    assert sum(1 for _ in first.parent.iterdir()) == 8
    with copies.open("rejects/9"):
        pass
    assert remote.fetched.count("rejects/9") == 1
