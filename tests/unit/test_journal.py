from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from intakegateway.services import journal

SOURCE = str(Path(__file__).resolve().parents[2] / "src")


def test_a_load_that_ended_leaves_nothing_and_the_next_one_is_new(tmp_path: Path) -> None:
    first = journal.begin(tmp_path, "name", "run-1")
    first.finish()
    assert list(tmp_path.iterdir()) == []
    second = journal.begin(tmp_path, "name", "run-2")
    assert (second.resumed, second.fence) == (False, 1)
    assert second.load_id != first.load_id
    second.finish()


def test_a_load_whose_end_is_unknown_is_taken_up_under_a_later_fence(tmp_path: Path) -> None:
    first = journal.begin(tmp_path, "name", "run-1")
    first.release()
    second = journal.begin(tmp_path, "name", "run-2")
    assert second.load_id == first.load_id
    assert second.fence > first.fence
    assert (second.resumed, second.earlier_run) == (True, "run-1")
    second.release()
    third = journal.begin(tmp_path, "name", "run-3")
    assert third.fence > second.fence
    third.finish()


def test_a_load_that_is_under_way_is_not_taken_over(tmp_path: Path) -> None:
    first = journal.begin(tmp_path, "name", "run-1")
    second = journal.begin(tmp_path, "name", "run-2")
    assert second.load_id != first.load_id
    assert not second.resumed
    first.finish()
    second.release()
    third = journal.begin(tmp_path, "name", "run-3")
    assert third.load_id != second.load_id  # the first place is free; the second load waits for its turn
    fourth = journal.begin(tmp_path, "name", "run-4")
    assert fourth.load_id == second.load_id
    third.finish()
    fourth.finish()


def test_another_command_does_not_take_up_the_load(tmp_path: Path) -> None:
    first = journal.begin(tmp_path, journal.fingerprint("a.csv", "table"), "run-1")
    first.release()
    second = journal.begin(tmp_path, journal.fingerprint("b.csv", "table"), "run-2")
    assert not second.resumed
    second.finish()


def test_an_id_that_the_caller_names_is_kept_and_its_fence_grows(tmp_path: Path) -> None:
    first = journal.begin(tmp_path, "name", "run-1", "mine")
    first.release()
    second = journal.begin(tmp_path, "name", "run-2", "mine")
    assert (second.load_id, second.resumed) == ("mine", True)
    assert second.fence > 1
    second.finish()


def test_a_torn_journal_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "name.json").write_text('{"load_id": "x", "fe')
    pending = journal.begin(tmp_path, "name", "run-1")
    assert not pending.resumed
    pending.finish()
    assert list(tmp_path.iterdir()) == []


def test_a_journal_that_nobody_came_back_for_is_forgotten(tmp_path: Path) -> None:
    old = journal.begin(tmp_path, "old", "run-1")
    assert old.path is not None
    old.release()
    long_ago = time.time() - journal.KEPT_SECONDS - 60
    os.utime(old.path, (long_ago, long_ago))
    journal.begin(tmp_path, "new", "run-2").finish()
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_its_load_to_the_same_command(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from intakegateway.services import journal;"
        "print(journal.begin(Path(sys.argv[1]), 'name', 'run-1').load_id, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": SOURCE},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        load_id = process.stdout.readline().strip()
        beside = journal.begin(tmp_path, "name", "run-2")
        assert beside.load_id != load_id
        beside.finish()
        process.send_signal(signal.SIGKILL)
        process.wait()
    after = journal.begin(tmp_path, "name", "run-3")
    assert (after.load_id, after.resumed) == (load_id, True)
    after.finish()
