"""The keys that seal secrets: from the settings, or from a file that is made on first start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from intakegateway.kit.secretbox import SecretBox, new_key, read_key
from intakegateway.settings import Settings, SettingsError


@dataclass(slots=True)
class KeyRing:
    """Gives the box of the present keys; a key file that changes on disk is read again."""

    settings: Settings
    _box: SecretBox | None = field(default=None, repr=False)
    _stamp: tuple[int, int] = (0, 0)

    @property
    def path(self) -> Path:
        """The key file: one key a line, the newest first."""
        return self.settings.home / "secret.key"

    def box(self) -> SecretBox:
        """The box. Raises ``SettingsError`` for keys that cannot be used."""
        if self.settings.secret_keys:
            if self._box is None:
                setting = "INTAKEGATEWAY_SECRET_KEYS"
                self._box = _box(self.settings.secret_keys.split(","), setting, setting)
            return self._box
        stamp = self._look()
        if self._box is None or stamp != self._stamp:
            self._box = _box(self._lines(), str(self.path), "secret.key of the data folder")
            self._stamp = stamp
        return self._box

    def add(self, key: str) -> None:
        """Put a new key first in the key file. Raises ``SettingsError`` when the keys come from elsewhere."""
        if self.settings.secret_keys:
            raise SettingsError(
                "the keys come from INTAKEGATEWAY_SECRET_KEYS, not from a file. Put the new key first there,"
                " with a comma behind it, and restart."
            )
        self._look()
        self._write([key, *self._lines()])

    def keep_only_first(self) -> None:
        """Forget all keys but the newest, once nothing is sealed with them any more."""
        self._write(self._lines()[:1])

    def _lines(self) -> list[str]:
        try:
            return self.path.read_text("ascii").split()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise SettingsError(f"{self.path}: the key file cannot be read: {reason}.") from None

    def _look(self) -> tuple[int, int]:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            self._first()
            stat = self.path.stat()
        if os.name == "posix" and stat.st_mode & 0o077:
            raise SettingsError(
                f"{self.path}: others may read the key file. Take that away: chmod 600 '{self.path}'"
            )
        return stat.st_mtime_ns, stat.st_ino

    def _first(self) -> None:
        """Make the file; of two processes that start at once, the second takes the first one's."""
        with self._writing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            partial = self._partial([new_key()])
            try:
                os.link(partial, self.path)
            except FileExistsError:
                pass
            finally:
                partial.unlink()

    def _write(self, keys: list[str]) -> None:
        with self._writing():
            os.replace(self._partial(keys), self.path)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SettingsError(
                f"{self.path}: the key file cannot be written: {error.strerror or error}. The data folder must"
                " be one that the gateway may write into."
            ) from None

    def _partial(self, keys: list[str]) -> Path:
        partial = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        with open(
            os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii"
        ) as out:
            out.write("\n".join(keys) + "\n")
            out.flush()
            os.fsync(out.fileno())
        return partial


def _box(keys: list[str], where: str, shown: str) -> SecretBox:
    try:
        return SecretBox([read_key(key) for key in keys if key.strip()], shown)
    except ValueError as error:
        raise SettingsError(f"{where}: {error}.") from None
