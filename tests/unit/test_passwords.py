from __future__ import annotations

import pytest
from argon2 import extract_parameters

from intakegateway.model.errors import DefinitionError
from intakegateway.services import passwords


@pytest.mark.parametrize(
    "password",
    [
        "password12", "Password123!", "P@ssw0rd2024", "qwertyuiop", "1234567890", "0987654321", "aaaaaaaaaaaa",
        "abcdefghijkl", "welcome2024!", "letmein12345", "ILoveYou123", "admin123456", "passwordadmin1",
        "Summer2024!!", "1qaz2wsx3edc", "short",
    ],
)  # fmt: skip
def test_passwords_that_are_tried_first_are_refused(password: str) -> None:
    with pytest.raises(DefinitionError, match="cannot be used"):
        passwords.check(password, "ann@example.org")


@pytest.mark.parametrize(
    "password", ["ann.miller@example.org", "AnnMiller2024", "annmiller-1", "example.org1"]
)
def test_passwords_made_from_who_they_are_are_refused(password: str) -> None:
    with pytest.raises(DefinitionError, match="your own name or address"):
        passwords.check(password, "ann.miller@example.org", "Ann Miller")


@pytest.mark.parametrize(
    "password",
    ["correct horse battery", "seven wet llamas", "kT9#vq2!Lm", "пять мокрых лам", "summer rain on tin"],
)
def test_good_passwords_are_taken(password: str) -> None:
    passwords.check(password, "ann@example.org", "Ann")


def test_a_password_is_kept_as_argon2id_and_only_it_fits() -> None:
    kept = passwords.hash_of("seven wet llamas")
    assert kept.startswith("$argon2id$")
    assert kept != passwords.hash_of("seven wet llamas")
    assert passwords.is_right(kept, "seven wet llamas")
    assert not passwords.is_outdated(kept)
    assert not passwords.is_right(kept, "seven wet llama")
    assert not passwords.is_right("no hash", "seven wet llamas")


def test_a_password_of_nobody_is_computed_with_as_much_work_as_that_of_somebody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise the time of the answer would tell who has an account."""
    hasher, computed = passwords._HASHER, []

    class Recording:
        def verify(self, kept: str, password: str) -> bool:
            computed.append(extract_parameters(kept))
            return hasher.verify(kept, password)

    kept = passwords.hash_of("seven wet llamas")
    passwords._nobodys.cache_clear()
    try:
        assert not passwords.is_right(None, "wrong")
        monkeypatch.setattr(passwords, "_HASHER", Recording())
        for given in (kept, None):
            assert not passwords.is_right(given, "wrong")
    finally:
        passwords._nobodys.cache_clear()
    assert computed[0] == computed[1]
