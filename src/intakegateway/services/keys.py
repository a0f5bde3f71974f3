"""The keys that seal secrets: which are in use, and rotation while the gateway runs.

A rotation may be ended at any moment: every text opens with one of the keys of the ring, and the next rotation
goes on where this one ended. Old keys are forgotten only when nothing is sealed with them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from msgspec import Struct, field

from intakegateway.kit.secretbox import SealError, SecretBox, key_id, new_key
from intakegateway.model.errors import ConflictError
from intakegateway.services.keyring import KeyRing
from intakegateway.store import sealed as store
from intakegateway.store.database import Database
from intakegateway.store.sealed import COLUMNS, Place, SealedColumn

BATCH = 100
"""Rows of one transaction, so that others never wait long."""
_SEALED = re.compile(r"v1\.([0-9a-f]{8})\.[A-Za-z0-9_-]{40,}")


class Tally(Struct):
    """What a pass over all sealed texts found."""

    by_key: Counter[str] = field(default_factory=Counter)
    """How many texts each key seals, by the key's id."""
    resealed: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    """Texts that no key of the ring opens, by table and column."""


class Keys(Struct, frozen=True):
    """Status and rotation of the key ring."""

    database: Database
    ring: KeyRing

    def status(self) -> tuple[list[str], Tally]:
        """The ids of the ring's keys, the newest first, and how many texts each seals. Changes nothing."""
        return [key_id(key) for key in self.ring.box().keys], self._pass(self.ring.box(), write=False)

    def rotate(self, *, new: bool = True, forget: bool = False) -> Tally:
        """Seal everything with the newest key; ``new``: a key that is made for it first.

        ``forget`` takes the older keys out of the file afterwards. Raises ``SettingsError`` when a key should
        be added or forgotten and the keys come from the environment, ``ConflictError`` when some text does
        not open, so that no key may be forgotten.
        """
        if new:
            self.ring.add(new_key())
        box = self.ring.box()
        whole = self._again(box)
        if forget:
            if whole.unreadable:
                places = ", ".join(f"{name} ({count})" for name, count in sorted(whole.unreadable.items()))
                raise ConflictError(
                    f"the older keys are kept: some secrets cannot be read ({places}).",
                    hint="Enter those secrets again, or delete what holds them, and rotate once more.",
                )
            self.ring.keep_only_first()
            # A request that had read the ring before may only now have committed what it sealed.
            late = self._again(box)
            whole.resealed += late.resealed
        return whole

    def _again(self, box: SecretBox) -> Tally:
        """Passes until one finds nothing to do: others seal with the older key until they see the new one."""
        done = 0
        while True:
            tally = self._pass(box, write=True)
            done += tally.resealed
            if not tally.resealed:
                tally.resealed = done
                return tally

    def _pass(self, box: SecretBox, *, write: bool) -> Tally:
        tally = Tally()
        for column in COLUMNS:
            after = ""
            while True:
                with self.database.write() if write else self.database.read() as session:
                    rows = store.batches(session, column, after, BATCH, hold=write)
                    for row in rows:
                        after = getattr(row, column.key.key)
                        made = self._row(box, column, row, tally)
                        if write and made is not None:
                            store.write(session, column, row, made)
                if len(rows) < BATCH:
                    break
        return tally

    def _row(self, box: SecretBox, column: SealedColumn, row: Any, tally: Tally) -> Any:
        """The row's value with everything sealed by the newest key; None where it is so already."""
        value = getattr(row, column.column.key)
        places = column.places(row)
        fresh: dict[Place, str] = {}
        for path, text in store.texts(value):
            match = _SEALED.fullmatch(text)
            if match is None:
                continue
            if box.is_current(text):
                tally.by_key[match[1]] += 1
                continue
            found = _opened(box, text, [*((*place, *path) for place in places), *places])
            if found is None:
                tally.by_key[match[1]] += 1
                if not column.short_lived:
                    tally.unreadable[column.name] += 1
                continue
            place, clear = found
            fresh[path] = box.seal(clear, *place)
            tally.by_key[match[1]] += 1
            tally.resealed += 1
        return _replaced(value, fresh.get) if fresh else None


def _opened(box: SecretBox, text: str, places: list[Place]) -> tuple[Place, str] | None:
    for place in places:
        try:
            return place, box.open(text, *place)
        except SealError:
            continue
    return None


def _replaced(value: Any, fresh: Callable[[Place], str | None], path: Place = ()) -> Any:
    if isinstance(value, dict):
        return {
            key: _replaced(item, fresh, path if key == "$sealed" else (*path, str(key)))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_replaced(item, fresh, (*path, str(number))) for number, item in enumerate(value)]
    return (fresh(path) or value) if isinstance(value, str) else value
