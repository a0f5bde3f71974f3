from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from intakegateway.model.errors import DefinitionError
from intakegateway.model.http import HttpSource
from intakegateway.model.sources import FileSource
from intakegateway.model.sql import SqlSource
from intakegateway.services.projectfiles import ProjectFile, read_project

TASK = """
name: orders
source: {path: in/orders.csv}
load: {to: "sqlite:///shop.db", table: orders}
"""


@pytest.fixture
def read(tmp_path: Path):  # type: ignore[no-untyped-def]
    def reader(text: str, *tasks: str) -> ProjectFile:
        path = tmp_path / "shop.yaml"
        path.write_text(dedent(text).lstrip("\n"))
        return read_project(path, tasks)

    return reader


def _error(read, text: str, *tasks: str) -> DefinitionError:  # type: ignore[no-untyped-def]
    with pytest.raises(DefinitionError) as caught:
        read(text, *tasks)
    return caught.value


def test_a_file_with_one_task_is_read_with_paths_from_its_own_folder(read, tmp_path: Path) -> None:
    [task] = read(TASK).tasks
    assert isinstance(task.source, FileSource)
    assert task.source.path == str(tmp_path / "in/orders.csv")
    assert task.load.to == f"sqlite:///{tmp_path}/shop.db"


def test_a_task_without_a_name_is_called_like_its_file(read) -> None:
    [task] = read("source: {path: a.csv}\nload: {to: out.csv, table: t}").tasks
    assert task.name == "shop"


def test_an_unknown_key_is_told_with_line_column_and_the_nearest_key(read) -> None:
    error = _error(read, "source: {path: a.csv}\nload:\n  to: out.csv\n  tabel: t\n  table: t\n")
    assert error.where is not None
    assert error.where.endswith("shop.yaml:4:3")
    assert "'tabel' is not known in load" in error.message
    assert error.hint == "Did you mean 'table'?"


def test_an_unknown_key_is_not_explained_by_itself_but_by_those_of_its_kind(read) -> None:
    source = "{url: 'https://a.example', pagination: {type: offset, size: 3}}"
    error = _error(read, f"source: {source}\nload: {{to: out.csv, table: t}}\n")
    assert "'size' is not known in source.pagination" in error.message
    assert error.hint is not None
    assert "limit_param" in error.hint
    assert "size" not in error.hint


def test_a_wrong_value_is_told_with_its_place_and_what_is_allowed(read) -> None:
    error = _error(read, "source: {path: a.csv}\nload:\n  {to: out.csv, table: t, mode: upsrt}\n")
    assert error.where is not None
    assert error.where.endswith("shop.yaml:3:33")
    assert "'upsrt' is not allowed for 'mode'" in error.message
    assert error.hint is not None
    assert error.hint.startswith("Did you mean 'upsert'? Allowed: insert, append")


def test_all_problems_are_told_at_once(read) -> None:
    error = _error(read, "source: {path: a.csv, skip_rows: -1}\nload: {to: out.csv, mode: upsrt}\n")
    told = str(error)
    assert "'skip_rows' must be 0 or more" in told
    assert "'upsrt' is not allowed" in told
    assert "the key 'table' is missing in load" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source: {path: [1, 2]}\nload: {to: o.csv, table: t}", "'path' must be text, not a list"),
        ("source: {path: a.csv, header: maybe}\nload: {to: o.csv, table: t}", "must be true or false"),
        ("source: a.csv\nload: {to: o.csv, table: t}", "source"),
        ("source: {kind: ftp, path: a}\nload: {to: o.csv, table: t}", "'ftp' is not a known kind of source"),
        ("load: {to: o.csv, table: t}", "the key 'source' is missing"),
        ("source: {path: a.csv}\nload: {table: t}", "has no destination"),
        ("source: {path: a.csv}\nload: {table: t, to: o.csv, mode: upsert}", "needs 'keys'"),
        ("- a\n- b", "keys with values"),
        ("", "empty"),
        ("a: 1\n---\nb: 2", "more than one"),
        ("a: [1, 2", "not valid YAML"),
        ("a: 1\n\tb: 2", "not valid YAML"),
        ("a: !!python/object:os.system {}", "tag"),
        ("a: &x [*x]", "alias"),
        ("source: {path: a.csv}\nsource: {path: b.csv}", "'source' is here twice; first in line 1"),
    ],
)
def test_each_fault_is_told_in_a_sentence_with_a_line(read, text: str, said: str) -> None:
    error = _error(read, text)
    assert said in str(error)
    assert "shop.yaml" in str(error.where)


def test_a_missing_file_is_told_without_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="there is no file"):
        read_project(tmp_path / "nothing.yaml")


def test_words_and_numbers_that_yaml_1_1_would_change_stay_as_they_are(read) -> None:
    [task] = read("""
        source: {path: a.csv, null_texts: [NO, off, 007, 12:30, 2024-01-31, "1"]}
        load: {to: o.csv, table: t, mode: upsert, keys: [on], skip_when: {column: yes, equals: Y}}
    """).tasks
    assert isinstance(task.source, FileSource)
    assert task.source.null_texts == ("NO", "off", "007", "12:30", "2024-01-31", "1")
    assert task.load.keys == ("on",)
    assert task.load.skip_when is not None
    assert task.load.skip_when.column == "yes"


def test_json_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text('{"source": {"path": "a.csv"},\n "load": {"to": "o.csv", "table": "t", "mode": "upsrt"}}')
    with pytest.raises(DefinitionError, match=r"task.json:2:\d+: 'upsrt'"):
        read_project(path)


# Environment


def test_a_variable_that_is_not_set_is_named_with_its_line(read) -> None:
    error = _error(read, "source: {path: a.csv}\nload:\n  to: ${NOT_THERE_URL}\n  table: t\n")
    assert "'NOT_THERE_URL' is not set" in error.message
    assert str(error.where).endswith(":3:7")
    assert "${NOT_THERE_URL:-value}" in str(error.hint)


def test_a_variable_has_a_default_and_can_be_escaped(read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA", "/data")
    [task] = read("""
        source: {path: "${DATA}/a.csv", encoding: "${ENC:-cp1252}", null_texts: ["$${DATA}"]}
        load: {to: o.csv, table: t}
    """).tasks
    assert isinstance(task.source, FileSource)
    assert (task.source.path, task.source.encoding) == ("/data/a.csv", "cp1252")
    assert task.source.null_texts == ("${DATA}",)


def test_a_secret_is_never_shown_in_an_error(read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_MODE", "s3cr3t-value")
    error = _error(read, "source: {path: a.csv}\nload: {to: o.csv, table: t, mode: '${PG_MODE}'}")
    assert "s3cr3t-value" not in str(error)
    assert "${PG_MODE}" in str(error)


def test_a_password_with_awkward_characters_goes_into_a_url(read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_PASSWORD", "p@ss/w:rd#1")
    [task] = read("""
        source: {path: a.csv}
        load: {to: "postgresql://me:${PG_PASSWORD}@db:5432/shop", table: t}
    """).tasks
    assert task.load.to == "postgresql://me:p%40ss%2Fw%3Ard%231@db:5432/shop"


# Projects

PROJECT = """
project: shop
connections:
  warehouse: {kind: postgresql, host: db, port: "${PG_PORT:-5433}", database: dw, user: me, password: "a@b"}
  legacy: mysql://reader@old/shop
  api: {url: "https://api.example.com", headers: {}, timeout: 5}
defaults:
  load: {connection: warehouse, mode: append}
tasks:
  - name: customers
    source: {connection: legacy, query: SELECT 1}
    load: {table: customers}
  - name: orders
    source: {path: orders.csv}
    load: {table: orders, mode: upsert, keys: id}
"""


def test_connections_and_defaults_reach_the_tasks(read) -> None:
    customers, orders = read(PROJECT).tasks
    assert isinstance(customers.source, SqlSource)
    assert customers.source.url == "mysql://reader@old/shop"
    assert customers.load.to == "postgresql://me:a%40b@db:5433/dw"
    assert (orders.load.mode, orders.load.keys) == ("upsert", ("id",))


def test_one_task_is_picked_by_name_and_a_wrong_name_is_told_the_nearest(read) -> None:
    assert [task.name for task in read(PROJECT, "orders").tasks] == ["orders"]
    error = _error(read, PROJECT, "order")
    assert error.hint == "Did you mean 'orders'?"


def test_a_connection_that_is_not_there_is_told_the_nearest(read) -> None:
    error = _error(read, PROJECT.replace("connection: warehouse", "connection: warehose"))
    assert "there is no connection 'warehose'" in error.message
    assert error.hint == "Did you mean 'warehouse'?"
    assert str(error.where).endswith(":7:22")


def test_a_secret_of_a_connection_that_no_task_uses_is_not_asked_for(read) -> None:
    text = PROJECT.replace("legacy: mysql://reader@old/shop", "legacy: mysql://x:${NOT_SET_PW}@old/shop")
    assert read(text, "orders").tasks
    assert "NOT_SET_PW" in str(_error(read, text))


def test_an_api_gets_what_its_connection_says(read) -> None:
    [task] = read("""
        connections: {api: {url: "https://api.example.com"}}
        tasks:
          orders:
            source: {connection: api, records: "$.data[*]"}
            load: {to: o.csv, table: t}
    """).tasks
    assert isinstance(task.source, HttpSource)
    assert task.source.url == "https://api.example.com"
    assert task.source.records == "$.data[*]"


def test_a_default_connection_gives_way_to_a_destination_of_the_task(read) -> None:
    text = PROJECT.replace("load: {table: orders,", "load: {table: orders, to: out.csv,")
    assert str(read(text, "orders").tasks[0].load.to).endswith("/out.csv")


def test_two_tasks_of_one_name_are_refused(read) -> None:
    assert "two tasks named 'orders'" in str(_error(read, PROJECT.replace("name: customers", "name: orders")))


def test_a_fault_in_defaults_is_told_where_the_defaults_stand(read) -> None:
    error = _error(read, PROJECT.replace("mode: append", "mode: apend"), "customers")
    assert str(error.where).endswith(":7:39")
    assert "Did you mean 'append'?" in str(error.hint)


# Many files


def test_150_files_load_into_150_tables_with_no_line_for_each(read, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(150):
        (tmp_path / "in" / f"EXP_Table-{number:03}_2024.csv.gz").write_bytes(b"")
    tasks = read("""
        defaults:
          files: in/*.csv.gz
          source: {encoding: cp1252, delimiter: "|"}
          load: {to: "sqlite:///all.db", table: "raw_{table}"}
        table_naming: {strip_prefix: EXP_, strip_suffix: [_2024], lowercase: true, replace: {"-": _}}
        tables:
          "table_00[12]": {load: {mode: upsert, keys: [id]}, source: {delimiter: ";"}}
          EXP_Table-003*: {table: special}
          "*-004_*": {skip: true}
          nothing*: {skip: true}
    """)
    by_name = {task.name: task for task in tasks.tasks}
    assert len(by_name) == 149
    assert "table_004" not in by_name
    plain, changed = by_name["table_000"], by_name["table_001"]
    assert isinstance(plain.source, FileSource)
    assert isinstance(changed.source, FileSource)
    assert plain.load.table == "raw_table_000"
    assert (plain.source.delimiter, plain.source.encoding, plain.load.mode) == ("|", "cp1252", "append")
    assert (changed.source.delimiter, changed.source.encoding, changed.load.mode) == (";", "cp1252", "upsert")
    assert by_name["table_003"].load.table == "special"
    assert len(tasks.warnings) == 1
    assert "'nothing*' matches no file" in tasks.warnings[0]


def test_two_files_that_would_replace_each_other_are_refused(read, tmp_path: Path) -> None:
    for name in ("a_1.csv", "a_2.csv"):
        (tmp_path / name).write_text("id\n1\n")
    text = """
        defaults: {files: "a_*.csv", load: {to: o/, mode: MODE, keys: [id]}}
        table_naming: {strip_suffix: [_1, _2]}
    """
    assert "both replace the whole of table 'a'" in str(_error(read, text.replace("MODE", "truncate_insert")))
    tasks = read(text.replace("MODE", "upsert")).tasks
    assert [(task.name, task.load.table) for task in tasks] == [("a_1.csv", "a"), ("a_2.csv", "a")]


def test_a_glob_without_files_is_told(read) -> None:
    error = _error(read, "defaults:\n  files: [none/*.csv]\n  load: {to: o/}\n")
    assert "no file matches 'none/*.csv'" in error.message
    assert str(error.where).endswith(":2:11")
