from __future__ import annotations

import gzip
from pathlib import Path

import pytest

import intakegateway as ig
from faulty_api import FaultyApi, Reply, status
from intakegateway.connectors.files.remote import _Fetched
from intakegateway.connectors.guard import Guard, guarding
from intakegateway.kit.retry import Backoff
from intakegateway.model.errors import DefinitionError, SourceError, UnavailableError

CSV = b"id,name\n1,Ann\n2,Bob\n"


def test_a_csv_file_behind_an_address_is_loaded(tmp_path: Path) -> None:
    with FaultyApi() as api:
        api.on("/files/orders.csv", Reply(body=CSV))
        result = ig.load(f"{api.url}/files/orders.csv", f"sqlite:///{tmp_path / 'out.db'}")
    assert (result.counts.inserted, result.table) == (2, "orders")


def test_a_packed_file_and_an_address_without_an_ending_are_read_too(tmp_path: Path) -> None:
    with FaultyApi() as api:
        api.on("/a.csv.gz", Reply(body=gzip.compress(CSV)))
        api.on("/export", Reply(body=CSV))
        assert ig.preview(f"{api.url}/a.csv.gz").frame.height == 2
        assert ig.preview(f"{api.url}/export", format="csv").frame.height == 2


def test_a_redirect_is_followed(tmp_path: Path) -> None:
    with FaultyApi() as api:
        api.on("/old.csv", Reply(status=302, headers={"Location": f"{api.url}/new.csv"}))
        api.on("/new.csv", Reply(body=CSV))
        assert ig.preview(f"{api.url}/old.csv").frame.height == 2


def test_a_server_that_fails_or_breaks_off_is_asked_again() -> None:
    with FaultyApi() as api:
        api.on("/a.csv", status(503), Reply(body=CSV, announced=len(CSV), sent=5), Reply(body=CSV))
        kept = _Fetched(f"{api.url}/a.csv", Backoff(attempts=4, initial=0.001))
        assert kept.path.read_bytes() == CSV


def test_a_server_that_never_answers_well_is_told_in_the_end() -> None:
    with FaultyApi() as api:
        api.on("/a.csv", status(503))
        with pytest.raises(UnavailableError, match="503"):
            _Fetched(f"{api.url}/a.csv", Backoff(attempts=2, initial=0.001))


@pytest.mark.parametrize(("code", "said"), [(404, "answers with 404"), (401, "wants to know who asks")])
def test_an_address_that_cannot_be_had_is_told_at_once(code: int, said: str) -> None:
    with FaultyApi() as api:
        api.on("/a.csv", status(code))
        with pytest.raises(SourceError, match=said):
            ig.preview(f"{api.url}/a.csv")
        assert len(api.seen) == 1


def test_the_guard_of_a_service_holds_for_files_behind_addresses() -> None:
    with FaultyApi() as api:
        api.on("/a.csv", Reply(body=CSV))
        with guarding(Guard()), pytest.raises(DefinitionError, match="127.0.0.1"):
            ig.preview(f"{api.url}/a.csv")
        assert api.seen == []


def test_the_copy_is_removed_with_its_last_user() -> None:
    with FaultyApi() as api:
        api.on("/a.csv", Reply(body=CSV))
        kept = _Fetched(f"{api.url}/a.csv")
        path = kept.path
        assert path.exists()
        del kept
        assert not path.exists()
