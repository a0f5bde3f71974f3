"""Names of columns for the paths of nested fields."""

from __future__ import annotations


class FieldNames:
    """A unique name for each path, the same one every time; ``warnings`` takes what is odd about it."""

    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings
        self._names: dict[tuple[str, ...], str] = {}
        self._taken: set[str] = set()

    def name(self, path: tuple[str, ...]) -> str:
        """The dotted name of ``path``, with a number where another path has that name already."""
        known = self._names.get(path)
        if known is not None:
            return known
        plain = ".".join(piece or "_" for piece in path)
        name, number = plain, 1
        while name in self._taken:
            number += 1
            name = f"{plain}_{number}"
        if name != plain:
            self.warn(f"Two fields are called '{plain}': the second one is '{name}'.")
        if "" in path:
            self.warn(f"A field without a name is called '{name}'.")
        self._names[path] = name
        self._taken.add(name)
        return name

    def warn(self, sentence: str) -> None:
        """Add a warning, once."""
        if sentence not in self._warnings:
            self._warnings.append(sentence)
