"""What is kept of many rows stays small; what a source says of its types stays so."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from intakegateway.connectors.base import Chunk, Locators
from intakegateway.connectors.registry import open_source
from intakegateway.engine.nested import explode
from intakegateway.engine.preview import preview, survey
from intakegateway.engine.rules import compile_rules
from intakegateway.engine.spool import compact
from intakegateway.kit.allocation import keep_little
from intakegateway.model.rules import RangeRule
from intakegateway.model.schema import Column
from intakegateway.model.sources import FileSource
from intakegateway.model.types import INTEGER


def resident() -> int:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20


def test_picked_rows_do_not_keep_the_texts_of_the_others() -> None:
    kept, start = [], 0
    for number in range(25):
        whole = pl.select(t=pl.format("a text that is long enough {}", pl.int_range(100_000)))
        kept.append(compact(whole.filter(pl.int_range(100_000) % 1000 == number)))
        if number == 4:
            start = resident()
    assert sum(frame.height for frame in kept) == 2500
    assert resident() - start < 40  # the whole texts would be 80 MB


def test_a_compacted_frame_is_the_same_frame() -> None:
    frame = pl.DataFrame(
        {"a": ["x", None, "a text of many characters"], "b": [[1], None, []], "c": [1, 2, None]}
    )
    assert compact(frame).equals(frame)
    assert compact(frame[:0]).schema == frame.schema


def test_a_rule_judges_rows_that_came_in_several_parts() -> None:
    part = pl.DataFrame({"n": [1] * 400}, schema={"n": pl.Int64})
    bad = pl.DataFrame({"n": [-1, 1]}, schema={"n": pl.Int64})
    frame = pl.concat([part, bad, part], rechunk=False)
    rule = RangeRule.model_validate({"range": {"column": "n", "min": 0}})
    rules = compile_rules([rule], (Column("n", INTEGER),))
    problems = rules(frame, pl.int_range(802, eager=True), None).problems
    assert problems is not None
    assert problems["row"].to_list() == [400]


def test_texts_of_a_parquet_file_stay_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"code": ["1", "2"], "n": [1, 2]}).write_parquet(path)
    source = FileSource(path=str(path))
    assert [str(field.type) for field in survey(open_source(source))] == ["text", "integer"]
    seen = preview(open_source(source))
    assert [str(field.type) for field in seen.fields] == ["text", "integer"]
    assert str(seen.profile[0].field.type) == "text"


def test_texts_of_a_csv_file_become_what_they_look_like(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code;n\n1;1,5\n2;2,25\n")
    source = FileSource(path=str(path))
    assert str(survey(open_source(source))[0].type) != "text"


@pytest.mark.parametrize(("given", "text"), [(True, False), (False, True)])
def test_a_stated_decimal_comma_decides(tmp_path: Path, given: bool, text: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_text("n;m\n1,5;a\n2,25;b\n")
    source = open_source(FileSource(path=str(path), decimal_comma=given))
    assert (str(survey(source, decimal_comma=given)[0].type) == "text") is text
    assert (str(preview(source, decimal_comma=given).fields[0].type) == "text") is text


def test_exploded_rows_are_as_typed_as_their_source() -> None:
    frame = pl.DataFrame({"id": ["1"], "tags": ['["2", "3"]']})
    chunk = Chunk(frame, Locators("row {a}", pl.Series([1])), typed=True)
    assert explode(chunk, "tags").typed


def test_what_the_user_set_of_the_allocator_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLARS_MAX_THREADS", "7")
    monkeypatch.delenv("_RJEM_MALLOC_CONF", raising=False)
    keep_little()
    import os

    assert os.environ["POLARS_MAX_THREADS"] == "7"
    assert "narenas" in os.environ["_RJEM_MALLOC_CONF"]
