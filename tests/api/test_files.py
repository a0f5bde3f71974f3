from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient

from intakegateway.bootstrap import Gateway
from intakegateway.store.blobs import StorageError

FILES = "/api/v1/files"
CSV = b"id;name;total\n1;Ann;3,50\n2;Bob;4,00\n"


def parts(home: Path) -> list[Path]:
    return list((home / "uploads").glob("*"))


def test_a_form_brings_several_files(client: TestClient, home: Path) -> None:
    files = [("file", ("orders.csv", CSV)), ("file", ("C:\\data\\zwei äö.json", b'[{"a": 1}]'))]
    answer = client.post(FILES, files=files, data={"comment": "hello"})
    assert answer.status_code == 201, answer.text
    first, second = answer.json()["items"]
    assert (first["name"], first["size"], first["status"]) == ("orders.csv", len(CSV), "ready")
    assert first["sha256"] == hashlib.sha256(CSV).hexdigest()
    assert (first["format"], first["encoding"], first["detected"]["delimiter"]) == ("csv", "utf-8", ";")
    assert first["detected"]["decimal_comma"] is True
    assert (second["name"], second["format"]) == ("zwei äö.json", "json")
    assert parts(home) == []
    listed = client.get(FILES, params={"format": "csv", "sort": "name"}).json()
    assert [one["name"] for one in listed["items"]] == ["orders.csv"]


def test_the_sheets_of_a_workbook_are_told_with_their_rows(client: TestClient, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Orders"
    for row in (["id", "total"], [1, 3.5], [2, 4]):
        book["Orders"].append(row)
    book.create_sheet("Notes")
    hidden = book.create_sheet("Lists äö")
    hidden["B7"] = "x"
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "book.xlsx")
    answer = client.post(FILES, params={"name": "book.xlsx"}, content=(tmp_path / "book.xlsx").read_bytes())
    [file] = answer.json()["items"]
    assert file["detected"]["sheets"] == [
        {"name": "Orders", "rows": 3, "hidden": False},
        {"name": "Notes", "rows": 0, "hidden": False},
        {"name": "Lists äö", "rows": 7, "hidden": True},
    ]
    rows = client.get(f"{FILES}/{file['id']}/preview", params={"sheet": "Lists äö"}).json()
    assert rows["fields"][0]["name"]


def test_a_body_is_a_file_when_its_name_is_given(client: TestClient) -> None:
    assert client.post(FILES, content=CSV).json()["detail"] == "the file's name is missing."
    made = client.post(FILES, content=iter([CSV[:7], CSV[7:]]), params={"name": "../../etc/orders.csv"})
    assert made.json()["items"][0]["name"] == "orders.csv"
    assert client.get(f"{FILES}/orders.csv/content").content == CSV


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(
    client: TestClient, gateway: Gateway, home: Path
) -> None:
    object.__setattr__(gateway.context.settings, "max_upload_bytes", 1000)
    announced = client.post(FILES, content=b"x" * 1001, params={"name": "a.csv"})
    assert announced.status_code == 413
    streamed = client.post(FILES, content=iter([b"x" * 600, b"x" * 600]), params={"name": "a.csv"})
    assert (streamed.status_code, streamed.json()["code"]) == (413, "too_large")
    form = client.post(FILES, files=[("a", ("ok.csv", CSV)), ("b", ("big.csv", b"x" * 1001))])
    assert form.status_code == 413
    assert client.post(f"{FILES}/uploads", json={"name": "a", "size": 1001}).status_code == 413
    assert parts(home) == []
    assert client.get(FILES).json()["total"] == 0


def test_what_is_no_form_is_said(client: TestClient, home: Path) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for body in (
        b"nonsense",
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nabc',
        b"",
    ):
        assert client.post(FILES, content=body, headers=kind).status_code == 422
    assert client.post(FILES, content=b"", headers={"content-type": "multipart/form-data"}).status_code == 422
    assert parts(home) == []


def test_an_upload_in_pieces_goes_on_where_it_broke_off(client: TestClient, gateway: Gateway) -> None:
    made = client.post(f"{FILES}/uploads", json={"name": "orders.csv", "size": len(CSV)}).json()
    content = f"{FILES}/{made['id']}/content"
    assert made["status"] == "uploading"
    first = client.patch(content, content=CSV[:10], headers={"Upload-Offset": "0"})
    assert (first.status_code, first.headers["upload-offset"]) == (200, "10")
    wrong = client.patch(content, content=CSV[20:], headers={"Upload-Offset": "20"})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "conflict")
    asked = client.head(content)
    assert (asked.headers["upload-offset"], asked.headers["upload-length"]) == ("10", str(len(CSV)))
    early = client.get(content)
    assert (early.status_code, early.json()["detail"]) == (
        409, f"the file 'orders.csv' has not arrived yet: 10 of {len(CSV)} bytes."
    )  # fmt: skip
    last = client.patch(content, content=CSV[10:], headers={"Upload-Offset": "10"}).json()
    assert (last["status"], last["sha256"]) == ("ready", hashlib.sha256(CSV).hexdigest())
    assert client.get(content).content == CSV
    assert client.patch(content, content=b"more", headers={"Upload-Offset": "0"}).status_code == 409


def test_the_hash_is_right_when_another_process_goes_on(client: TestClient) -> None:
    from intakegateway.services import incoming

    made = client.post(f"{FILES}/uploads", json={"name": "orders.csv", "size": len(CSV)}).json()
    content = f"{FILES}/{made['id']}/content"
    client.patch(content, content=CSV[:10], headers={"Upload-Offset": "0"})
    incoming._hashes.clear()
    last = client.patch(content, content=CSV[10:], headers={"Upload-Offset": "10"}).json()
    assert last["sha256"] == hashlib.sha256(CSV).hexdigest()


def test_more_than_was_announced_is_refused(client: TestClient) -> None:
    made = client.post(f"{FILES}/uploads", json={"name": "a.csv", "size": 5}).json()
    content = f"{FILES}/{made['id']}/content"
    refused = client.patch(content, content=b"123456", headers={"Upload-Offset": "0"})
    assert (refused.status_code, refused.json()["detail"]) == (
        409, "more bytes came than the 5 that were announced."
    )  # fmt: skip
    assert client.head(content).headers["upload-offset"] == "0"
    empty = client.post(f"{FILES}/uploads", json={"name": "empty.csv", "size": 0}).json()
    assert (empty["status"], empty["error"]) == ("ready", "empty.csv: is empty. Nothing was loaded.")


def test_a_part_of_a_file_can_be_asked_for(client: TestClient) -> None:
    client.post(FILES, content=CSV, params={"name": "orders.csv"})
    content = f"{FILES}/orders.csv/content"
    whole = client.get(content)
    assert "attachment" in whole.headers["content-disposition"]

    def ask(wanted: str, **headers: str) -> tuple[int, bytes, str | None]:
        answer = client.get(content, headers={"Range": wanted, **headers})
        return answer.status_code, answer.content, answer.headers.get("content-range")

    size = len(CSV)
    assert ask("bytes=3-6") == (206, CSV[3:7], f"bytes 3-6/{size}")
    assert ask("bytes=-5") == (206, CSV[-5:], f"bytes {size - 5}-{size - 1}/{size}")
    assert ask("bytes=30-999") == (206, CSV[30:], f"bytes 30-{size - 1}/{size}")
    assert ask("bytes=999-")[0::2] == (416, f"bytes */{size}")
    assert ask("bytes=0-1,4-5") == (200, CSV, None)
    assert ask("bytes=3-6", **{"If-Range": '"another"'}) == (200, CSV, None)
    assert ask("bytes=3-6", **{"If-Range": whole.headers["etag"]})[0] == 206


def test_a_file_that_a_task_reads_is_kept(client: TestClient) -> None:
    client.post(FILES, content=CSV, params={"name": "orders.csv"})
    task = {"name": "orders", "source": {"file": "orders.csv"}, "load": {"to": "memory://x", "table": "t"}}
    assert client.post("/api/v1/tasks", json=task).status_code == 201
    refused = client.delete(f"{FILES}/orders.csv")
    assert refused.status_code == 409
    assert "is read by the task 'orders'" in refused.json()["detail"]
    newer = client.post(FILES, content=CSV, params={"name": "orders.csv"}).json()["items"][0]
    assert client.delete(f"{FILES}/{newer['id']}").status_code == 204
    assert client.delete(f"{FILES}/orders.csv", params={"force": True}).status_code == 204
    assert client.get(f"{FILES}/orders.csv").status_code == 404


def test_a_file_that_nothing_can_read_is_kept_with_the_reason(client: TestClient) -> None:
    made = client.post(FILES, content=b"%PDF-1.7 ...", params={"name": "offer.pdf"}).json()["items"][0]
    assert made["status"] == "ready"
    assert "PDF" in made["error"]


def test_a_file_that_arrived_damaged_is_refused(client: TestClient) -> None:
    def said(content: bytes) -> str:
        return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"

    body, files = b"id\n1\n2\n", "/api/v1/files"
    for name in ("Repr-Digest", "Content-Digest"):
        wrong = client.post(files, params={"name": "a.csv"}, content=body, headers={name: said(b"other")})
        assert (wrong.status_code, "damaged" in wrong.json()["detail"]) == (422, True)
    broken = client.post(
        files, params={"name": "a.csv"}, content=body, headers={"Repr-Digest": "sha-256=:xx:"}
    )
    assert broken.status_code == 422
    assert client.get(files).json()["total"] == 0
    right = client.post(files, params={"name": "a.csv"}, content=body, headers={"Repr-Digest": said(body)})
    assert right.status_code == 201
    made = client.post(f"{files}/uploads", json={"name": "b.csv", "size": len(body)}).json()
    place = f"{files}/{made['id']}/content"
    client.patch(place, content=b"ID\n", headers={"Upload-Offset": "0"})
    last = {"Upload-Offset": "3", "Repr-Digest": said(body)}
    assert client.patch(place, content=body[3:], headers=last).status_code == 422
    assert client.head(place).headers["Upload-Offset"] == "0"
    whole = {"Upload-Offset": "0", "Repr-Digest": said(body)}
    assert client.patch(place, content=body, headers=whole).status_code == 200
    assert client.get(place).content == body


def test_an_upload_that_is_sent_again_with_its_key_makes_no_second_file(
    client: TestClient, home: Path
) -> None:
    keyed = {"Idempotency-Key": "upload-1"}
    form = [("file", ("orders.csv", CSV))]
    first = client.post(FILES, files=form, headers=keyed)
    again = client.post(FILES, files=form, headers=keyed)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    other = client.post(FILES, files=[("file", ("orders.csv", CSV + b"9,9\n"))], headers=keyed)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    renamed = client.post(FILES, files=[("file", ("other.csv", CSV))], headers=keyed)
    assert renamed.status_code == 422
    assert client.get(FILES).json()["total"] == 1
    assert parts(home) == []
    assert client.post(FILES, files=form, headers={"Idempotency-Key": "upload-2"}).status_code == 201
    assert client.get(FILES).json()["total"] == 2


@pytest.mark.parametrize("kind", ["text/csv", "application/json", ""])
def test_a_file_as_the_body_has_a_key_whatever_its_type_and_size_are(
    gateway: Gateway, client: TestClient, kind: str
) -> None:
    body = b'[{"a": "' + b"x" * gateway.context.settings.max_body_bytes + b'"}]'
    headers = {"Idempotency-Key": "upload-1", **({"Content-Type": kind} if kind else {})}
    first = client.post(FILES, params={"name": "a.json"}, content=body, headers=headers)
    again = client.post(FILES, params={"name": "a.json"}, content=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert again.json() == first.json()
    assert client.get(FILES).json()["total"] == 1


def test_an_upload_that_failed_may_be_sent_again_with_its_key(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed, form = {"Idempotency-Key": "upload-1"}, [("file", ("orders.csv", CSV))]

    def full(*_: object) -> None:
        raise StorageError("the disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr("intakegateway.services.files.Files.store", full)
        assert client.post(FILES, files=form, headers=keyed).status_code == 507
    assert client.post(FILES, files=form, headers=keyed).status_code == 201


def test_a_key_that_is_none_is_refused_and_leaves_nothing(client: TestClient, home: Path) -> None:
    answer = client.post(FILES, files=[("file", ("a.csv", CSV))], headers={"Idempotency-Key": "x" * 201})
    assert answer.status_code == 422
    assert client.get(FILES).json()["total"] == 0
    assert parts(home) == []
