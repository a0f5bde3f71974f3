import json
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

import intakegateway as ig
from factories import chunk_of
from intakegateway.engine.rejects import Rejects, check_path
from intakegateway.model.errors import DefinitionError


def filled(scratch: Path) -> Rejects:
    rejects = Rejects(scratch)
    chunk = chunk_of(10, 3)
    problems = pl.DataFrame(
        {
            "row": [12, 10, 12],
            "code": ["RANGE", "INVALID_TYPE", "NOT_NULL"],
            "column": ["qty", "qty", "id"],
            "message": ["too low", "not a number", "missing"],
        }
    )
    mask = pl.Series([True, False, True])
    rejects.add(chunk.frame.filter(mask), chunk.locators.filter(mask), pl.Series([10, 12]), problems)
    rejects.add_broken(
        pl.DataFrame(
            {"_locator": ["line 99"], "_raw": ['a,"b'], "code": ["BROKEN_QUOTE"], "message": ["never closed"]}
        )
    )
    return rejects


def test_a_row_keeps_its_values_its_place_and_all_its_reasons(tmp_path: Path) -> None:
    path = filled(tmp_path).save(tmp_path / "r.jsonl")
    assert path is not None
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert rows[1] == {
        "id": "12", "name": "name 12", "_locator": "line 14", "_codes": "RANGE; NOT_NULL",
        "_columns": "qty; id", "_message": "too low; missing", "_raw": None,
    }  # fmt: skip
    assert rows[2]["_raw"] == 'a,"b'


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_every_format_has_the_same_columns(tmp_path: Path, suffix: str) -> None:
    path = filled(tmp_path).save(tmp_path / f"r{suffix}")
    assert path is not None
    frame = pl.read_csv(path) if suffix == ".csv" else pl.read_parquet(path)
    assert frame.columns == ["id", "name", "_locator", "_codes", "_columns", "_message", "_raw"]
    assert frame.height == 3


def test_reasons_are_counted_by_code_and_column(tmp_path: Path) -> None:
    reasons = filled(tmp_path).reasons()
    assert {(r.code, r.column): r.count for r in reasons} == {
        ("RANGE", "qty"): 1, ("INVALID_TYPE", "qty"): 1, ("NOT_NULL", "id"): 1, ("BROKEN_QUOTE", ""): 1,
    }  # fmt: skip


def test_no_rejects_make_no_file(tmp_path: Path) -> None:
    assert Rejects(tmp_path).save(tmp_path / "r.csv") is None
    assert not (tmp_path / "r.csv").exists()


def test_fields_that_are_called_like_ours_are_kept_beside_them(tmp_path: Path) -> None:
    rejects = Rejects(tmp_path)
    chunk = chunk_of(0, 1)
    frame = chunk.frame.rename({"name": "_message"})
    problems = pl.DataFrame({"row": [0], "code": ["X"], "column": [""], "message": ["ours"]})
    rejects.add(frame, chunk.locators, pl.Series([0]), problems)
    path = rejects.save(tmp_path / "r.csv")
    assert path is not None
    assert pl.read_csv(path).row(0, named=True)["__message"] == "name 0"


def test_an_unknown_format_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"\.xlsx.*\.csv, \.jsonl, \.parquet"):
        check_path(tmp_path / "r.xlsx")


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_bytes_lists_and_spans_of_time_do_not_keep_rejects_from_being_written(
    tmp_path: Path, ending: str
) -> None:
    rows = pl.DataFrame(
        {
            "id": ["1", "x"], "b": [b"\x00\xff", b"\xfe"], "l": [[1], [2, 3]], "o": [{"k": b"\x01"}] * 2,
            "s": [timedelta(seconds=1)] * 2, "n": [[b"\xff"], None],
        }
    )  # fmt: skip
    mapping = [{"to": "id", "from": "id", "type": "integer"}]
    path = tmp_path / f"r.{ending}"
    ig.load(rows, f"sqlite:///{tmp_path}/t.db", "t", mapping=mapping, rejects=path)
    if ending == "parquet":
        assert pl.read_parquet(path)["b"].to_list() == [b"\xfe"]
        return
    [kept] = (pl.read_csv(path) if ending == "csv" else pl.read_ndjson(path)).to_dicts()
    assert (kept["id"], kept["b"], kept["s"], kept["n"]) == ("x", "\\xfe", "PT1S", None)
    lists = ("[2,3]", '{"k":"\\\\x01"}') if ending == "csv" else ([2, 3], {"k": "\\x01"})
    assert (kept["l"], kept["o"]) == lists
