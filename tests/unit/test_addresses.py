from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from intakegateway.connectors.guard import Guard
from intakegateway.kit.addresses import AddressRules, literal, read_rules
from intakegateway.model.errors import DefinitionError, UnavailableError


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "localhost",
        "LOCALHOST.", "app.localhost", "[::1]", "::", "0.0.0.0", "0", "10.0.0.5", "172.16.3.4", "192.168.1.1",
        "169.254.169.254", "0xa9fea9fe", "[fd00:ec2::254]", "[fe80::1%25eth0]", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "[::ffff:a00:5]", "64:ff9b::10.0.0.1", "2002:7f00:1::", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "ff02::1", "fec0::1", "198.18.0.1", "168.63.129.16", "１２７.0.0.1", "127。0。0。1",
        "100.100.100.200", "::127.0.0.1", "192.0.0.192", "240.0.0.1",
    ],
)  # fmt: skip
def test_no_spelling_of_a_private_address_is_let_through(host: str) -> None:
    guard = Guard(lookup=lambda name, port: pytest.fail(f"{name} was looked up"))
    with pytest.raises(DefinitionError, match="private or local network"):
        guard.addresses(host, 80)


@pytest.mark.parametrize("host", ["8.8.8.8", "2606:4700::1111", "[2606:4700::1111]", "::ffff:8.8.8.8"])
def test_a_public_address_is_let_through(host: str) -> None:
    Guard().check_host(host)


@pytest.mark.parametrize(
    "answers", [("10.1.2.3",), ("8.8.8.8", "127.0.0.1"), ("fe80::1%eth0",), ("::ffff:192.168.0.1",)]
)
def test_what_the_name_server_answers_is_checked_too(answers: tuple[str, ...]) -> None:
    guard = Guard(lookup=lambda name, port: answers)
    with pytest.raises(DefinitionError, match=r"'innocent\.example'"):
        guard.addresses("innocent.example", 443)


def test_the_checked_addresses_are_those_to_connect_to() -> None:
    asked = []

    def lookup(name: str, port: int) -> tuple[str, ...]:
        asked.append(name)
        return ("8.8.8.8",) if len(asked) == 1 else ("127.0.0.1",)

    assert Guard(lookup=lookup).addresses("changes.example", 80) == ("8.8.8.8",)
    assert asked == ["changes.example"]


def test_an_unknown_name_may_be_tried_again() -> None:
    def lookup(name: str, port: int) -> tuple[str, ...]:
        raise OSError("no such host")

    with pytest.raises(UnavailableError, match="not known"):
        Guard(lookup=lookup).addresses("nowhere.example", 80)


@pytest.mark.parametrize(
    ("rules", "host", "answer"),
    [
        ("true", "anything", "127.0.0.1"),
        ("10.0.0.0/8", "db.example", "10.2.3.4"),
        ("192.168.1.7", "db.example", "192.168.1.7"),
        ("db.internal, 10.9.0.0/16", "DB.Internal.", "172.16.0.9"),
        ("*.corp.example", "pg.corp.example", "10.0.0.1"),
        ("fd00::/8", "db.example", "fd12::1"),
        ("127.0.0.0/8", "localhost", "127.0.0.1"),
    ],
)
def test_the_administrator_allows_networks_and_hosts(rules: str, host: str, answer: str) -> None:
    guard = Guard(read_rules(rules), lookup=lambda name, port: (answer,))
    assert guard.addresses(host, 1) == (answer,)


def test_what_is_allowed_for_one_network_is_not_for_others() -> None:
    guard = Guard(read_rules("10.0.0.0/8, *.corp.example"), lookup=lambda name, port: ("192.168.0.1",))
    for host in ("db.example", "corp.example", "evilcorp.example", "corp.example.evil.example"):
        with pytest.raises(DefinitionError):
            guard.addresses(host, 1)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "a b", "http://x", "true, maybe/5"])
def test_a_rule_that_is_none_stops_the_start(text: str) -> None:
    with pytest.raises(ValueError, match="neither a network"):
        read_rules(text)


def test_nothing_is_allowed_by_default() -> None:
    assert read_rules("") == read_rules("false") == AddressRules()
    assert literal("010.0.0.1") == IPv4Address("8.0.0.1")


def test_paths_stay_in_their_folders_through_links_and_dots(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_text("x")
    (inside / "link").symlink_to(outside / "secret.txt")
    (inside / "loop").symlink_to(outside)
    (inside / "kept").mkdir()
    guard = Guard(folders=(inside,), kept_out=(inside / "kept",), start=inside)
    assert guard.path("a.csv") == inside / "a.csv"
    assert guard.path(inside / "new" / "b.csv") == inside / "new" / "b.csv"
    for path in (
        "link",
        "loop/secret.txt",
        "../out/secret.txt",
        "/etc/passwd",
        "kept/x",
        "kept",
        "x/../kept/x",
        "~root/x",
    ):
        with pytest.raises(DefinitionError, match="not in a folder"):
            guard.path(path)
    granted = guard.granting(outside / "secret.txt")
    assert granted.path(outside / "secret.txt") == outside / "secret.txt"
