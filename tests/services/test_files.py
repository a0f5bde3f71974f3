from __future__ import annotations

import errno
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from intakegateway.bootstrap import Gateway
from intakegateway.kit.clock import ManualClock
from intakegateway.model.actor import Actor, Role
from intakegateway.model.errors import ConflictError, ForbiddenError, NotFoundError
from intakegateway.model.views.base import PageRequest
from intakegateway.model.views.files import FileDraft, FileFilter
from intakegateway.store.blobs import StorageError
from service_fixtures import make_actor


def test_the_newest_file_of_a_name_is_meant(gateway: Gateway, admin: Actor, project: str) -> None:
    gateway.files.receive(admin, project, "a.csv", [b"x\n1\n"])
    newer = gateway.files.receive(admin, project, "a.csv", [b"x\n2\n"])
    gateway.files.begin(admin, project, FileDraft(name="a.csv", size=99))
    assert gateway.files.get(admin, project, "a.csv").id == newer.id


def test_an_upload_that_breaks_off_leaves_nothing(
    gateway: Gateway, admin: Actor, project: str, home: Path
) -> None:
    def broken() -> object:
        yield b"x" * (3 << 20)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        gateway.files.receive(admin, project, "a.csv", broken())  # type: ignore[arg-type]
    assert list((home / "uploads").glob("*")) == []


def test_a_full_disk_is_said(
    gateway: Gateway, admin: Actor, project: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    incoming = gateway.files.start(admin, project, "a.csv")

    class Full:
        def write(self, _data: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        def close(self) -> None:
            real.close()

    real = incoming._file
    monkeypatch.setattr(incoming, "_file", Full())
    with pytest.raises(StorageError, match="No space left on device"):
        incoming.write(b"x" * (2 << 20))
    incoming.discard()
    assert list((home / "uploads").glob("*")) == []


def test_two_requests_do_not_send_the_same_file(gateway: Gateway, admin: Actor, project: str) -> None:
    made = gateway.files.begin(admin, project, FileDraft(name="a.csv", size=10))
    first = gateway.files.resume(admin, project, made.id, 0)
    with pytest.raises(ConflictError, match="another request"):
        gateway.files.resume(admin, project, made.id, 0)
    first.write(b"x\n1")
    assert gateway.files.advance(admin, project, first).received == 3


def test_uploads_that_nobody_goes_on_with_are_forgotten(
    gateway: Gateway, admin: Actor, project: str, clock: ManualClock, home: Path
) -> None:
    made = gateway.files.begin(admin, project, FileDraft(name="a.csv", size=10))
    incoming = gateway.files.resume(admin, project, made.id, 0)
    incoming.write(b"x\n1")
    gateway.files.advance(admin, project, incoming)
    gateway.files.receive(admin, project, "kept.csv", [b"x\n1\n"])
    stray = home / "uploads" / "stray.part"
    stray.write_bytes(b"left of a process that was killed")
    os.utime(stray, (0, 0))
    assert gateway.files.tidy() == 0
    clock.time = max(clock.time, time.time()) + timedelta(hours=25).total_seconds()
    assert gateway.files.tidy() == 1
    assert list((home / "uploads").glob("*")) == []
    files = gateway.files.find_all(admin, project, FileFilter(), PageRequest()).items
    assert [one.name for one in files] == ["kept.csv"]


def test_roles_decide(gateway: Gateway, admin: Actor, project: str) -> None:
    gateway.files.receive(admin, project, "a.csv", [b"x\n1\n"])
    viewer = make_actor(gateway, "viewer@example.org", Role.VIEWER)
    assert gateway.files.get(viewer, project, "a.csv").name == "a.csv"
    with pytest.raises(ForbiddenError):
        gateway.files.start(viewer, project, "b.csv")
    with pytest.raises(ForbiddenError):
        gateway.files.delete(viewer, project, "a.csv")
    stranger = make_actor(gateway, "stranger@example.org")
    with pytest.raises(NotFoundError):
        gateway.files.get(stranger, project, "a.csv")
