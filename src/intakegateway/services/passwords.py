"""Passwords: kept as Argon2id (RFC 9106), refused when they are easy to guess."""

from __future__ import annotations

import base64
import itertools
import os
import re
import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from intakegateway.model.errors import DefinitionError

LEAST = 10
"""Characters that a password has at least."""
_FEWEST_DIFFERENT = 5
_HASHER = PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1, hash_len=32, salt_len=16)
_AT_ONCE = threading.BoundedSemaphore(4)
"""Each computation takes 46 MiB: many people who sign in at once wait instead of filling the memory."""
_TRIED_FIRST = """
abcdefghij access account admin administrator adobe alexander amanda america andrew angel apple
april asdf asdfgh asdfghjkl asdfghjklzxcvbnm august autumn azerty azertyuiop bailey baseball
basketball batman butterfly change changeit changeme charlie cheese chelsea chocolate company
computer cookie corporate database december default demo diamond dragon facebook family february
flower football forever freedom friday friends gateway google guest hallo hello hellohello hunter
iloveyou iloveyouso info intake intakegateway internet january jennifer jessica jordan july june
killer kitty letmein letmeinnow liverpool login london love lovely loveyou manchester march maria
martin master masterpassword matrix michael michelle microsoft mickey monday monkey mustang
mypassword mysecret mynoob naruto newpassword nicole ninja november nothing october oracle orange
pass passme passpass passphrase password passwordpassword passwort passw pokemon postgres princess
private purple qazwsx qazwsxedc qwert qwerty qwertyqwerty qwertyuiop qwertyuiopasdf qwertz
qwertzuiop robert root samsung sample saturday secret secretpassword secure security september
server service shadow spring standard starwars steelers summer sunday sunshine superman superstar
superuser support sysadmin system target temp temporary test testing testtest thomas thursday
trustno tuesday user username vmware warcraft wednesday welcome welcomehome whatever william winter
yankees zaq zaqxsw zxcvbn zxcvbnm
"""
_COMMON = frozenset(_TRIED_FIRST.split())
"""What the passwords that are found most often are made of, without digits and signs."""
_WORDS = re.compile("(?:" + "|".join(sorted(_COMMON, key=len, reverse=True)) + ")+")
_LOOKALIKES = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
)
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "1qaz2wsx3edc4rfv",
)


def check(password: str, email: str, name: str = "", field: str = "password") -> None:
    """Raises ``DefinitionError`` for a password that is short, common, or made from who they are."""
    why = _weakness(password, email, name)
    if why:
        raise DefinitionError(
            f"this password cannot be used: {why}.",
            hint="Several words that do not belong together make a good one.",
            path=(field,),
        )


def hash_of(password: str) -> str:
    """What is kept of it."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def is_right(kept: str | None, password: str) -> bool:
    """Whether ``password`` is the one that ``kept`` was made of; without ``kept``, no, after the same time."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _nobodys(), password) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def _weakness(password: str, email: str, name: str) -> str | None:
    if len(password) < LEAST:
        return f"it has {len(password)} characters; {LEAST} are the least"
    if len(set(password)) < _FEWEST_DIFFERENT:
        return "it has too few different characters"
    folded = password.casefold()
    if _is_common(folded):
        return "it is one of those that are tried first"
    for own in (email, email.partition("@")[0], email.partition("@")[2], name):
        told = _letters(own)
        if len(told) > 3 and told in _letters(folded) and len(_letters(folded).replace(told, "")) < 4:
            return "it is made from your own name or address"
    return None


@cache
def _nobodys() -> str:
    """A hash with today's parameters that no password fits."""

    def part(size: int) -> str:
        return base64.b64encode(os.urandom(size)).decode().rstrip("=")

    cost = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${part(_HASHER.salt_len)}${part(_HASHER.hash_len)}"


def _is_common(folded: str) -> bool:
    bare = re.sub(r"^[^a-z]+|[^a-z]+$", "", folded)
    for text in (folded, bare.translate(_LOOKALIKES), folded.translate(_LOOKALIKES)):
        core = _letters(text)
        # Two common words in a row are no better than one.
        if core in _COMMON or (len(core) < 20 and _WORDS.fullmatch(core)):
            return True
    return _is_walk(folded)


def _is_walk(text: str) -> bool:
    """Whether nearly all of it goes along the alphabet, the digits or the rows of a keyboard."""
    pairs = list(itertools.pairwise(text))
    steps = sum(1 for a, b in pairs if a == b or any(a + b in row or b + a in row for row in _ROWS))
    return steps >= len(pairs) * 0.8


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.casefold())
