"""What every command keeps: exit codes, one JSON object, messages in place of tracebacks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from intakegateway.model import errors
from intakegateway.model.run import Counts, PlanDetail, Reason, Result, Status

LOAD = ("load", "orders.csv", "--to", "sqlite:///shop.db")
KEYS = {
    "run_id", "status", "total_records", "inserted_records", "updated_records", "unchanged_records",
    "skipped_records", "deduplicated_records", "rejected_records", "rejects", "duration_seconds", "bytes_read",
    "rows_per_second", "destination", "warnings",
}  # fmt: skip


def _raise(error: BaseException) -> Any:
    def outcome(*_: object) -> Result:
        raise error

    return outcome


@pytest.mark.parametrize(
    ("status", "code"),
    [(Status.SUCCESS, 0), (Status.FAILED, 1), (Status.CANCELLED, 1), (Status.PARTIAL_SUCCESS, 3)],
)
def test_the_exit_code_follows_from_the_status(stand_in, gateway, status: Status, code: int) -> None:
    stand_in.result = Result("", status, Counts(read=2, inserted=1, rejected=1))
    assert gateway(*LOAD).exit_code == code
    assert gateway(*LOAD, "--json").exit_code == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.DefinitionError("wrong"), 2),
        (errors.SourceError("wrong"), 1),
        (errors.DestinationError("wrong"), 1),
        (errors.MissingDriverError("X", "x"), 1),
        (errors.UnavailableError("wrong"), 1),
        (errors.BalanceError("wrong"), 1),
        (errors.CancelledError("wrong"), 1),
        (KeyboardInterrupt(), 1),
        (ZeroDivisionError("wrong"), 1),
    ],
)
def test_every_error_is_one_message_and_one_object(
    stand_in, gateway, error: BaseException, code: int
) -> None:
    stand_in.outcome = _raise(error)
    told = gateway(*LOAD)
    assert told.exit_code == code
    assert told.stderr.startswith("Error: ")
    assert "Traceback" not in told.output
    assert told.stdout == ""
    told = gateway(*LOAD, "--json")
    assert told.exit_code == code
    found = json.loads(told.stdout)
    assert KEYS | {"error"} == found.keys()
    assert found["status"] == "FAILED"
    assert found["error"].keys() == {"code", "message", "where", "hint"}
    assert told.stderr == ""


def test_an_unexpected_error_leaves_its_details_in_a_file(stand_in, gateway, home: Path) -> None:
    stand_in.outcome = _raise(ZeroDivisionError("a defect"))
    told = gateway(*LOAD)
    [log] = (home / "logs").iterdir()
    assert str(log) in told.stderr
    assert "ZeroDivisionError: a defect" in told.stderr
    assert "Traceback" in log.read_text()


def test_the_json_object_has_the_names_of_the_contract(stand_in, gateway) -> None:
    stand_in.result = Result(
        "", Status.PARTIAL_SUCCESS, Counts(read=10, inserted=5, updated=2, rejected=3), "/tmp/r.csv",
        (Reason("INVALID_TYPE", "qty", 3, "'x' is not a number"),), 2.0, 100, warnings=("careful",),
    )  # fmt: skip
    told = gateway(*LOAD, "--json")
    assert told.stdout.count("\n") == 1
    found = json.loads(told.stdout)
    assert found.keys() == KEYS
    assert found["total_records"] == 10
    assert found["rows_per_second"] == 5.0
    assert found["rejects"] == {
        "path": "/tmp/r.csv", "by_reason": [{"code": "INVALID_TYPE", "column": "qty", "count": 3}]
    }  # fmt: skip
    assert found["destination"] == {"kind": "test", "table": "orders"}


def test_the_account_adds_up_before_the_reader(stand_in, gateway, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    rejects.write_text("id,qty,_locator,_codes,_columns,_message\n7,x\x1b[31m,line 8,INVALID_TYPE,qty,bad\n")
    stand_in.result = Result(
        "", Status.PARTIAL_SUCCESS, Counts(read=12_000, inserted=11_000, deduplicated=900, rejected=100),
        str(rejects), (Reason("INVALID_TYPE", "qty", 100, "'x' is not a number"),), 2.0, 100,
        warnings=("careful",),
    )  # fmt: skip
    lines = gateway(*LOAD).stdout.splitlines()
    words = [line.split() for line in lines]
    assert ["read", "12,000"] in words
    assert ["inserted", "11,000"] in words
    assert ["deduplicated", "900"] in words
    assert ["rejected", "100"] in words
    assert ["12,000", "=", "read"] in words
    assert ["100", "INVALID_TYPE", "qty", "'x'", "is", "not", "a", "number"] in words
    assert any(line.endswith("line 8: id=7, qty=x [31m") for line in lines)  # nothing that a terminal obeys
    assert any(str(rejects) in line for line in lines)
    assert "  ! careful" in lines


def test_a_dry_run_tells_statements_and_samples(stand_in, gateway) -> None:
    stand_in.result = Result(
        "", Status.SUCCESS, Counts(read=2, inserted=1, updated=1), dry_run=True,
        plan=PlanDetail(
            ("CREATE TABLE orders (id BIGINT)",), ({"id": 1},),
            ({"before": {"id": 2, "qty": 1}, "after": {"id": 2, "qty": 5}},),
        ),
    )  # fmt: skip
    told = gateway(*LOAD, "--dry-run")
    assert stand_in.options[0].dry_run
    for text in ("nothing was written", "CREATE TABLE orders (id BIGINT)", "id=1", "id=2, qty=1 -> 5"):
        assert text in told.stdout
    found = json.loads(gateway(*LOAD, "--dry-run", "--json").stdout)
    assert found["dry_run"] is True
    assert found["plan"]["ddl"] == ["CREATE TABLE orders (id BIGINT)"]


def test_options_become_the_task(stand_in, gateway, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("- {to: id, from: ID}\n")
    told = gateway(
        *LOAD, "--table", "raw.orders", "--mode", "upsert", "--keys", "id, day", "--mapping", mapping,
        "--encoding", "cp1252", "--delimiter", "tab", "--skip-rows", 2, "--no-header", "--null-text", "N/A",
        "--null-text", "-", "--sheet", "2", "--max-rejects", "5%", "--skip-when", "done=Y", "--nulls", "keep",
        "--rejects", tmp_path / "r.csv", "--load-id", "mine",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    [task], [options] = stand_in.tasks, stand_in.options
    source = task.source
    assert (source.path, source.encoding, source.delimiter, source.skip_rows) == (
        "orders.csv",
        "cp1252",
        "\t",
        2,
    )
    assert (source.header, source.null_texts, source.sheet) == (False, ("N/A", "-"), 2)
    assert (task.load.table, task.load.mode, task.load.keys) == ("raw.orders", "upsert", ("id", "day"))
    assert task.load.max_rejects is not None
    assert task.load.max_rejects.percent == 5
    assert (task.load.skip_when.column, task.load.skip_when.equals) == ("done", "Y")
    assert task.mapping[0].targets == ("id",)
    assert (options.rejects, options.load_id) == (tmp_path / "r.csv", "mine")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["load", "a.csv"], "--to"),
        (["load", "a.csv", "--to", "o.csv", "--modus", "upsert"], "--modus"),
        (["load", "a.csv", "--to", "o.csv", "--mode", "upsrt"], "Did you mean 'upsert'?"),
        (["load", "a.csv", "--to", "o.csv", "--mode", "upsert"], "needs 'keys'"),
        (["load", "a.csv", "--to", "o.csv", "--max-rejects", "many"], "--max-rejects: 'many' is not a limit"),
        (["load", "a.csv", "--to", "o.csv", "--keys", "a,,b"], "with commas"),
        (["load", "a.csv", "--to", "o.csv", "--query", "SELECT 1"], "It fits a database"),
        (["load", "postgresql://h/d", "--to", "o.csv"], "needs a query or a table"),
        (["load", "sftp://h/a.csv", "--to", "o.csv"], "'sftp:' are not available in this version"),
        (["load", "s3://b/a.csv", "--to", "o.csv"], "postgresql://"),
        (["load", "-", "--to", "sqlite:///x.db"], "Give --table NAME"),
        (["load", "a.csv", "--to", "o.csv", "--mapping", "none.yaml"], "no file 'none.yaml'"),
        (["run", "none.yaml"], "no file 'none.yaml'"),
        (["lode"], "lode"),
        (["preview", "a.csv", "--as", "picture"], "'picture' is not a view"),
    ],
)
def test_wrong_usage_is_told_and_ends_with_2(stand_in, gateway, arguments: list[str], said: str) -> None:
    told = gateway(*arguments)
    assert told.exit_code == 2
    assert said in told.stderr
    assert "Traceback" not in told.output
    assert stand_in.tasks == []
    found = json.loads(gateway(*arguments, "--json").stdout)
    assert found["error"]["code"] in ("usage", "definition")


def test_a_password_is_not_shown(stand_in, gateway) -> None:
    told = gateway("load", "postgresql://me:hunter2@h/d", "--to", "o.csv")
    assert "hunter2" not in told.output


def test_a_wrong_mapping_is_told_with_file_and_line(stand_in, gateway, tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text("- {to: id, from: ID}\n- {to: qty,\n   form: QTY}\n")
    told = gateway(*LOAD, "--mapping", path)
    assert told.exit_code == 2
    assert f"{path}:3:4: the key 'form' is not known" in told.stderr
    assert "Did you mean 'from'?" in told.stderr


def test_a_wrong_setting_stops_the_start(stand_in, gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKEGATEWAY_MEMORY_BUDGET_MB", "none")
    told = gateway(*LOAD)
    assert told.exit_code == 2
    assert "INTAKEGATEWAY_MEMORY_BUDGET_MB" in told.stderr


def test_a_load_whose_end_is_not_known_is_taken_up_by_the_same_command(stand_in, gateway, home: Path) -> None:
    stand_in.outcome = _raise(errors.UnavailableError("the connection was lost"))
    gateway(*LOAD)
    gateway("load", "other.csv", "--to", "sqlite:///shop.db")
    stand_in.outcome = None
    gateway(*LOAD)
    gateway(*LOAD)
    first, other, again, later = stand_in.options
    assert again.load_id == first.load_id != other.load_id
    assert again.fence > first.fence
    assert later.load_id not in (first.load_id, other.load_id)
    assert len(list((home / "pending").iterdir())) == 1  # the other one's


def test_a_load_that_was_committed_before_the_kill_says_so(stand_in, gateway) -> None:
    stand_in.outcome = _raise(errors.UnavailableError("the connection was lost"))
    gateway(*LOAD)
    stand_in.outcome = None
    stand_in.result = Result("", Status.SUCCESS, Counts(read=3, inserted=3), repeated=True)
    told = gateway(*LOAD)
    assert told.exit_code == 0
    assert "nothing was written again" in told.stdout


def test_a_definite_error_leaves_no_journal(stand_in, gateway, home: Path) -> None:
    stand_in.outcome = _raise(errors.SourceError("no such file"))
    gateway(*LOAD)
    assert list((home / "pending").iterdir()) == []


# run and plan

PROJECT = """
tasks:
  - {name: a, source: {path: a.csv}, load: {to: "sqlite:///x.db", table: a}}
  - {name: b, source: {path: b.csv}, load: {to: "sqlite:///x.db", table: b}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "project.yaml"
    path.write_text(PROJECT)
    return path


def test_a_failing_task_does_not_keep_the_others_from_running(stand_in, gateway, project: Path) -> None:
    def outcome(task, options):  # type: ignore[no-untyped-def]
        if task.name == "a":
            raise errors.SourceError("there is no such file", where="a.csv")
        return Result(options.run_id, Status.PARTIAL_SUCCESS, Counts(read=2, inserted=1, rejected=1))

    stand_in.outcome = outcome
    told = gateway("run", project)
    assert told.exit_code == 1
    assert "a: Error: a.csv: there is no such file" in told.stderr
    assert "Failed: a." in told.stdout
    found = json.loads(gateway("run", project, "--json").stdout)
    assert (found["status"], found["total_records"], found["rejected_records"]) == ("FAILED", 2, 1)
    assert [task["task"] for task in found["tasks"]] == ["a", "b"]
    assert len(stand_in.tasks) == 4
    assert gateway("run", project, "--fail-fast").exit_code == 1
    assert len(stand_in.tasks) == 5


def test_an_unexpected_error_ends_one_task_and_not_the_project(
    stand_in, gateway, project: Path, home: Path
) -> None:
    stand_in.outcome = _raise(ZeroDivisionError("division by zero"))
    told = gateway("run", project)
    assert told.exit_code == 1
    for name in ("a", "b"):
        assert f"{name}: Error: an unexpected error ended this task: ZeroDivisionError" in told.stderr
    assert "2 of 2 tasks run" in told.stdout
    logs = list((home / "logs").iterdir())
    assert len(logs) == 2
    assert all("Traceback" in log.read_text() and str(log) in told.stderr for log in logs)
    found = json.loads(gateway("run", project, "--json").stdout)
    assert [task["error"]["code"] for task in found["tasks"]] == ["internal", "internal"]
    assert gateway("run", project, "--fail-fast").exit_code == 1
    assert len(stand_in.tasks) == 5


def test_a_cancelled_task_ends_the_whole_run(stand_in, gateway, project: Path) -> None:
    for stopped in (errors.CancelledError("stopped"), KeyboardInterrupt()):
        stand_in.tasks.clear()
        stand_in.outcome = _raise(stopped)
        assert gateway("run", project).exit_code == 1
        assert len(stand_in.tasks) == 1


def test_a_load_id_for_several_tasks_gives_each_its_own(stand_in, gateway, project: Path) -> None:
    gateway("run", project, "--load-id", "2024-06-30")
    gateway("run", project, "--load-id", "2024-06-30", "--task", "b")
    gateway("run", project, "--load-id", "x" * 300)
    found = [options.load_id for options in stand_in.options]
    assert found[:3] == ["2024-06-30/a", "2024-06-30/b", "2024-06-30/b"]
    assert len(set(found[3:])) == 2
    assert all(len(one) <= 200 for one in found)


def test_one_task_of_a_project_is_one_object(stand_in, gateway, project: Path) -> None:
    found = json.loads(gateway("run", project, "--task", "b", "--json").stdout)
    assert found.keys() == KEYS | {"task"}
    assert gateway("run", project, "--task", "c").exit_code == 2


def test_plan_writes_nothing(stand_in, gateway, project: Path) -> None:
    assert gateway("plan", project).exit_code == 0
    assert all(options.dry_run for options in stand_in.options)


def test_an_error_of_the_engine_about_a_key_is_told_with_its_line(stand_in, gateway, project: Path) -> None:
    stand_in.outcome = _raise(errors.DefinitionError("no such column", path=("load", "keys")))
    told = gateway("run", project, "--task", "b")
    assert told.exit_code == 2
    assert f"{project}:4:44: no such column" in told.stderr


# schema and doctor


def test_the_json_schema_is_printed_for_editors(gateway) -> None:
    task = json.loads(gateway("schema").stdout)
    assert task["properties"].keys() >= {"name", "source", "mapping", "rules", "load"}
    project = json.loads(gateway("schema", "project").stdout)
    assert project["properties"].keys() >= {"connections", "defaults", "table_naming", "tables", "tasks"}


def test_the_doctor_names_what_is_there_and_what_a_destination_says(gateway, home: Path) -> None:
    told = gateway("doctor")
    assert told.exit_code == 0
    assert "Python" in told.stdout
    assert str(home) in told.stdout
    found = json.loads(gateway("doctor", "--json").stdout)
    assert {check["state"] for check in found["checks"]} <= {"ok", "absent"}
    told = gateway("doctor", "--to", "nonsense")
    assert told.exit_code == 1
    assert "'nonsense' is not a destination" in told.stdout


def test_a_data_folder_that_cannot_be_written_is_a_fault(
    gateway, home: Path, tmp_path: Path, monkeypatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("INTAKEGATEWAY_HOME", str(tmp_path / "file" / "below"))
    told = gateway("doctor")
    assert told.exit_code == 1
    assert "INTAKEGATEWAY_HOME" in told.stdout
