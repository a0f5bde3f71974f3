"""Models that are made when they are first needed behave as if they had always been there."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from intakegateway.model.http import HttpSource, PageNumber
from intakegateway.model.rules import NotNullRule
from intakegateway.model.sql import SqlSource
from intakegateway.model.task import TaskSpec


def task(source: dict[str, Any], *rules: Any) -> TaskSpec:
    return TaskSpec.model_validate({"name": "t", "source": source, "load": {"table": "t"}, "rules": rules})


def test_sources_and_rules_become_their_models() -> None:
    read = task({"url": "https://h/x", "pagination": {"type": "page"}}, {"not_null": "id"})
    assert isinstance(read.source, HttpSource)
    assert isinstance(read.source.pagination, PageNumber)
    assert isinstance(read.rules[0], NotNullRule)
    assert isinstance(task({"query": "SELECT 1", "url": "sqlite:///x"}).source, SqlSource)


def test_models_are_taken_as_they_are() -> None:
    source, rule = HttpSource(url="https://h/x"), NotNullRule(not_null=("id",))
    read = TaskSpec(name="t", source=source, load={"table": "t"}, rules=(rule,))  # type: ignore[arg-type]
    assert read.source is source
    assert read.rules == (rule,)


def test_what_is_dumped_is_read_again() -> None:
    read = task({"url": "https://h/x", "retry": {"attempts": 2}}, {"in": {"column": "a", "values": [1]}})
    dumped = read.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert dumped["source"] == {"url": "https://h/x", "retry": {"attempts": 2}}
    assert dumped["rules"] == [{"in": {"column": "a", "values": [1]}}]
    assert TaskSpec.model_validate(dumped) == read
    assert TaskSpec.model_validate_json(read.model_dump_json(by_alias=True, exclude_unset=True)) == read


def test_errors_name_the_whole_place() -> None:
    with pytest.raises(ValidationError) as caught:
        task({"url": "https://h", "retry": {"attempts": 0}}, {"range": {"column": "a"}})
    places = [".".join(map(str, error["loc"])) for error in caught.value.errors()]
    assert places == ["source.http.retry.attempts", "rules.0.range.range"]


def test_the_schema_describes_each_model_once() -> None:
    definitions = TaskSpec.model_json_schema()["$defs"]
    assert {"FileSource", "HttpSource", "SqlSource", "NotNullRule", "RangeRule"} <= definitions.keys()
