from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from intakegateway.bootstrap import Gateway, build
from intakegateway.cli.main import program
from intakegateway.services.sessions import Client
from intakegateway.settings import read_settings

GOOD = "seven wet llamas"


@pytest.fixture
def gateway(home: Path) -> Iterator[Gateway]:
    """The installation that the commands work on."""
    built = build(read_settings())
    yield built
    built.close()


def users(*words: str, given: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(program("users"), ["users", *words], input=given)
    return done.exit_code, done.output


def test_an_administrator_is_added_by_command_and_the_set_up_is_over(gateway: Gateway) -> None:
    assert gateway.accounts.setup_token() is not None
    code, said = users(
        "add", "Ann@example.org", "--name", "Ann", "--admin", "--password-stdin", given=f"{GOOD}\n"
    )
    assert (code, said) == (0, "ann@example.org was added.\n")
    assert gateway.sessions.sign_in("ann@example.org", GOOD, Client()).actor.is_admin
    assert gateway.accounts.setup_token() is None


def test_a_link_comes_back_with_which_they_choose_a_password(gateway: Gateway) -> None:
    code, said = users("add", "ann@example.org", "--json")
    made = json.loads(said)
    assert code == 0
    assert made["invitation"]["url"].endswith(made["invitation"]["token"])
    assert not made["user"]["has_password"]


def test_people_are_listed_disabled_enabled_made_administrators_and_given_new_passwords(
    gateway: Gateway,
) -> None:
    users("add", "ann@example.org", "--admin", "--password-stdin", given=GOOD)
    users("add", "bob@example.org", "--password-stdin", given=GOOD)
    assert users("disable", "bob@example.org") == (0, "bob@example.org is disabled.\n")
    listed = json.loads(users("list", "--json")[1])
    assert [(one["email"], one["is_active"]) for one in listed["items"]] == [
        ("ann@example.org", True), ("bob@example.org", False),
    ]  # fmt: skip
    users("disable", "bob@example.org", "--undo")
    users("make-admin", "bob@example.org")
    assert users("list", "--search", "bob")[1].rstrip().endswith("admin")
    users("reset-password", "bob@example.org", "--password-stdin", given="nine dry camels\n")
    assert gateway.sessions.sign_in("bob@example.org", "nine dry camels", Client()).actor.is_admin


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("disable", "ann@example.org"), 1, "last administrator"),
        (("make-admin", "nobody@example.org"), 1, "no person with the address 'nobody@example.org'"),
        (("add", "ann@example.org"), 1, "belongs to somebody"),
        (("add", "no address"), 2, "email: this is not an e-mail address"),
    ],
)
def test_what_cannot_be_done_is_told(gateway: Gateway, words: tuple[str, ...], code: int, said: str) -> None:
    users("add", "ann@example.org", "--admin", "--password-stdin", given=GOOD)
    assert (users(*words)[0], said in users(*words)[1]) == (code, True)


def test_a_weak_password_is_refused_by_command_too(gateway: Gateway) -> None:
    code, said = users("add", "ann@example.org", "--password-stdin", given="password123\n")
    assert code == 2
    assert "tried first" in said
    assert "password123" not in said
