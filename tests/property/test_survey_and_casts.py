"""What the survey finds is what the casts can read: a typed table made from all values rejects none."""

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from column_values import columns
from intakegateway.connectors.base import Capabilities, Chunk, Locators
from intakegateway.engine.inference import Survey
from intakegateway.engine.resolve import resolve
from intakegateway.engine.shaper import compile_shaper
from intakegateway.model.load import Mode
from intakegateway.model.task import TaskSpec

TASK = TaskSpec.model_validate({"name": "t", "source": {"path": "x.csv"}, "load": {"table": "t"}})


def fit(names: Any, max_bytes: int, folds_case: bool) -> dict[str, str]:
    return {name: name for name in names}


@settings(max_examples=200, deadline=None)
@given(columns, st.integers(1, 12))
def test_every_value_is_cast_to_the_type_that_was_found(values: list[str], split: int) -> None:
    frames = [pl.DataFrame({"v": part}, schema={"v": pl.String}) for part in (values[:split], values[split:])]
    survey = Survey()
    for frame in frames:
        survey.add(frame)
    layout = resolve(TASK, survey.fields(whole=True), None, Capabilities(modes=frozenset(Mode)), fit)
    shaper = compile_shaper(layout, stores_nul_in_text=True)
    for frame in frames:
        shaped = shaper(Chunk(frame, Locators("line {a}", pl.Series(range(frame.height)))), 0)
        assert shaped.problems is None or not shaped.problems.height, shaped.problems
        assert not shaped.warned
        blank = 0 if layout.columns[0].type.kind == "text" else (frame["v"] == "").sum()
        assert shaped.frame["v"].null_count() == blank
