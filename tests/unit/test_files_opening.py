"""Opening files: compression by content, archives, standard input, damage and bombs."""

from __future__ import annotations

import bz2
import gzip
import io
import logging
import lzma
import os
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from intakegateway.connectors.files import pipes, streams
from intakegateway.connectors.files.opening import Input, open_path, open_stdin
from intakegateway.connectors.files.source import open_source
from intakegateway.connectors.guard import Guard, guarding
from intakegateway.model.errors import SourceError
from intakegateway.model.sources import FileSource
from intakegateway.services.endpoints import identity

DATA = b"id,name\n" + b"".join(b"%d,name %d\n" % (i, i) for i in range(40_000))
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "gzip of two members": lambda data: gzip.compress(data[:1000]) + gzip.compress(data[1000:]),
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "zstd of two frames": lambda data: zstandard.compress(data[:1000]) + zstandard.compress(data[1000:]),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "gzip in gzip": lambda data: gzip.compress(gzip.compress(data)),
}


def everything(source: Input) -> bytes:
    with source.open() as stream:
        return stream.read()


@pytest.fixture(params=list(PACKERS))
def packed(request: pytest.FixtureRequest) -> bytes:
    return PACKERS[request.param](DATA)


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def as_stdin(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_plain_file_is_its_own_path(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(DATA)
    (source,) = open_path(path)
    assert (source.path, source.size, source.head(7)) == (path, len(DATA), b"id,name")
    assert everything(source) == DATA
    assert source.consumed == len(DATA)
    with source.spooled(".csv") as spooled:
        assert spooled == path


def test_compression_is_found_by_content_whatever_the_name_says(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(packed)
    (source,) = open_path(path)
    assert source.path is None
    assert [everything(source), everything(source)] == [DATA, DATA]
    assert source.consumed == source.size == len(packed)
    with source.spooled(".csv") as spooled:
        assert spooled.read_bytes() == DATA
    assert not spooled.exists()


def test_compressed_data_that_breaks_off_is_an_error(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(packed[: len(packed) - 9])
    with pytest.raises(SourceError, match=r"a\.csv: (breaks off|is damaged)"):
        everything(open_path(path)[0])


def test_damaged_compressed_data_is_an_error(tmp_path: Path, packed: bytes) -> None:
    path = tmp_path / "a.csv"
    middle = len(packed) // 2
    path.write_bytes(packed[:middle] + b"\0\xff\0\xff" + packed[middle + 4 :])
    with pytest.raises(SourceError, match=r"is damaged|breaks off"):
        everything(open_path(path)[0])


def test_every_file_of_an_archive_is_an_input(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    members = {
        "x/b.csv": DATA,
        "a.csv.gz": gzip.compress(DATA),
        "__MACOSX/._b.csv": b"?",
        "x/.DS_Store": b"?",
    }
    path.write_bytes(zipped(members))
    sources = open_path(path)
    assert [source.name for source in sources] == [f"{path}/x/b.csv", f"{path}/a.csv.gz"]
    assert [everything(source) for source in sources] == [DATA, DATA]
    assert [source.consumed for source in sources] == [source.size for source in sources]
    assert [source.name for source in open_path(path, "b.*")] == [f"{path}/x/b.csv"]


def test_a_member_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    path.write_bytes(zipped({"a.csv": DATA}))
    with pytest.raises(SourceError, match=r"no member that fits 'b\*'. It holds: a.csv"):
        open_path(path, "b*")
    path.write_bytes(zipped({"empty/": b""}))
    with pytest.raises(SourceError, match="archive without files"):
        open_path(path)
    path.write_bytes(DATA)
    with pytest.raises(SourceError, match="is not a zip archive"):
        open_path(path, "b*")


def test_a_damaged_archive_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    data = zipped({"a.csv": DATA})
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match=r"all\.zip: is damaged"):
        open_path(path)
    path.write_bytes(data[:200] + b"\0\1\2\3" + data[204:])
    with pytest.raises(SourceError, match=r"all\.zip/a\.csv: is damaged"):
        everything(open_path(path)[0])


def test_a_protected_archive_says_so(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    data = bytearray(zipped({"a.csv": b"a,b\n1,2\n"}))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(SourceError, match="is protected with a password"):
        open_path(path)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress, lambda d: zipped({"a.csv": d})])
def test_a_bomb_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    for module in ("streams", "opening"):
        monkeypatch.setattr(f"intakegateway.connectors.files.{module}.BOMB_BYTES", 1 << 20)
        monkeypatch.setattr(f"intakegateway.connectors.files.{module}.BOMB_RATIO", 100)
    path = tmp_path / "a.csv"
    path.write_bytes(pack(bytes(5 << 20)))
    with pytest.raises(SourceError, match="looks like a bomb"):
        everything(open_path(path)[0])


def test_compression_within_compression_ends_somewhere(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    data = DATA
    for _ in range(6):
        data = gzip.compress(data)
    path.write_bytes(data)
    with pytest.raises(SourceError, match="compressed more than 4 times over"):
        open_path(path)


def test_a_missing_zstd_package_is_answered_with_the_install_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    path = tmp_path / "a.csv"
    path.write_bytes(zstandard.compress(DATA))
    with pytest.raises(streams.MissingDriverError, match=r"intakegateway\[zstd\]"):
        open_path(path)


def test_standard_input_is_looked_at_and_then_read_once(
    monkeypatch: pytest.MonkeyPatch, packed: bytes
) -> None:
    as_stdin(packed, monkeypatch)
    (source,) = open_stdin()
    assert (source.head(7), source.rewindable, source.path) == (b"id,name", False, None)
    assert everything(source) == DATA
    with pytest.raises(SourceError, match="can be read only once"):
        source.open()


def test_an_archive_on_standard_input_is_kept_for_as_long_as_it_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    as_stdin(zipped({"a.csv": DATA, "b.csv": b"x"}), monkeypatch)
    sources = open_stdin()
    assert [everything(source) for source in sources] == [DATA, b"x"]
    copy = sources[0]._keep.path  # type: ignore[attr-defined]
    assert copy.exists()
    del sources
    assert not copy.exists()


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    return path


def fed(path: Path, data: bytes) -> threading.Thread:
    """A program that writes into the pipe as soon as somebody reads it."""
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    return writer


def test_a_pipe_is_looked_at_and_then_read_once(pipe: Path, packed: bytes) -> None:
    writer = fed(pipe, packed)
    (source,) = open_path(pipe)
    assert (source.head(7), source.rewindable, source.path) == (b"id,name", False, None)
    assert everything(source) == DATA
    writer.join()


def test_the_rows_of_a_pipe_are_all_there(pipe: Path) -> None:
    writer = fed(pipe, DATA)
    rows = open_source(FileSource(path=str(pipe)))
    assert not rows.restartable
    assert sum(chunk.frame.height for chunk in rows.chunks()) == 40_000
    writer.join()


def test_it_is_said_that_nobody_writes_into_a_pipe(pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said, names = threading.Event(), list[str]()

    def warning(_text: str, name: str) -> None:
        names.append(name)
        said.set()

    monkeypatch.setattr(pipes, "PATIENCE", 0.0)
    monkeypatch.setattr(logging.getLogger(pipes.__name__), "warning", warning)

    def write() -> None:
        said.wait()
        pipe.write_bytes(DATA)

    writer = threading.Thread(target=write)
    writer.start()
    (source,) = open_path(pipe)
    assert everything(source) == DATA
    assert names == [str(pipe)]
    writer.join()


def test_a_service_reads_no_pipes(pipe: Path, tmp_path: Path) -> None:
    with (
        guarding(Guard(folders=(tmp_path.resolve(),))),
        pytest.raises(SourceError, match="is a pipe or a device"),
    ):
        open_path(pipe)


def test_what_comes_out_of_a_pipe_is_no_input_that_could_be_had_again(pipe: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(DATA)
    assert identity({"path": str(path)}, "task")
    assert identity({"path": str(pipe)}, "task") is None


def test_a_folder_or_a_forbidden_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: Is a directory"):
        open_path(tmp_path)
