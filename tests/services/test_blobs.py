from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from intakegateway.bootstrap import build
from intakegateway.model.errors import DefinitionError, NotFoundError, UnavailableError
from intakegateway.settings import Settings
from intakegateway.store.blobs import Blobs, FolderBlobs, StorageError
from intakegateway.store.object_blobs import ObjectBlobs


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a server that speaks S3, with a bucket ``files``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                request = urllib.request.Request(f"{address}/files-bucket", method="PUT")
                urllib.request.urlopen(request, timeout=5).close()
                break
            except OSError:
                assert server.poll() is None
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def environment(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": s3, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)


@pytest.fixture(params=["folder", "objects"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "folder":
        return FolderBlobs(tmp_path / "storage")
    request.getfixturevalue("environment")
    return ObjectBlobs(f"s3://files-bucket/{tmp_path.name}")


def test_content_comes_back_whole_and_from_any_byte(blobs: Blobs) -> None:
    assert blobs.put("files/a", iter([b"hello ", b"world"])) == 11
    assert b"".join(blobs.read("files/a")) == b"hello world"
    assert b"".join(blobs.read("files/a", 6)) == b"world"
    assert b"".join(blobs.read("files/a", 11)) == b""
    assert blobs.size("files/a") == 11
    with blobs.local("files/a") as path:
        assert path.read_bytes() == b"hello world"


def test_a_file_is_taken_over(blobs: Blobs, tmp_path: Path) -> None:
    given = tmp_path / "given.bin"
    content = os.urandom(9 << 20)
    given.write_bytes(content)
    blobs.put_file("files/big", given)
    assert not given.exists()
    assert b"".join(blobs.read("files/big", 8 << 20)) == content[8 << 20 :]


def test_what_breaks_off_is_not_there(blobs: Blobs) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * (9 << 20)
        raise RuntimeError("the sender is gone")

    with pytest.raises(Exception, match="the sender is gone"):
        blobs.put("files/half", broken())
    with pytest.raises(NotFoundError):
        blobs.size("files/half")


def test_what_is_not_there_is_said_and_deleted_in_peace(blobs: Blobs) -> None:
    blobs.put("rejects/a.parquet", [b"x"])
    blobs.delete("rejects/a.parquet")
    blobs.delete("rejects/a.parquet")
    with pytest.raises(NotFoundError, match="no stored content 'rejects/a.parquet'"):
        list(blobs.read("rejects/a.parquet"))
    with pytest.raises(NotFoundError), blobs.local("rejects/a.parquet"):
        pass


def test_the_settings_choose_the_store(home: Path, settings_of_folder: Settings, environment: None) -> None:
    gateway = build(replace(settings_of_folder, storage_url="s3://files-bucket/gateway"))
    gateway.context.blobs.put("files/x", [b"1"])
    assert isinstance(gateway.context.blobs, ObjectBlobs)
    assert not (home / "storage").exists()
    gateway.close()


@pytest.fixture
def settings_of_folder(home: Path) -> Settings:
    return Settings(home=home)


def test_a_store_that_does_not_answer_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, environment: None
) -> None:
    with pytest.raises(DefinitionError, match="names no bucket"):
        ObjectBlobs("s3:///x")
    missing = ObjectBlobs("s3://no-such-bucket")
    with pytest.raises((NotFoundError, StorageError, UnavailableError)):
        missing.put("files/a", [b"x"])
