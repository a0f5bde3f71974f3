"""Reads a page of the documentation and does what it says.

Fenced blocks are worked off in their order, in one folder:

- a block after ``Save this as `name`:`` is written to that file;
- in a ``console`` block, lines after ``$ `` are run; the lines under one must stand in what it prints, in that
  order, blanks aside; ``…`` stands for anything. A command ends with 0 or 3 unless ``$ echo $?`` says otherwise;
- a ``python`` block is executed;
- a ``yaml`` block that is not saved must be a valid part of a task or project file.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from intakegateway.cli.main import program
from intakegateway.services.definitions import validated
from intakegateway.services.projectfiles import read_project

SHELL = set("|<>&;`*") | {"$("}


@dataclass
class Block:
    """A fenced block, the line where it begins, and the name it is to be saved under."""

    language: str
    text: str
    line: int
    save_as: str


def blocks(path: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    lines = path.read_text(encoding="utf-8").splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].startswith("```"):
            at += 1
            continue
        end = next(i for i in range(at + 1, len(lines)) if lines[i] == "```")
        said = next((line for line in reversed(lines[:at]) if line.strip()), "")
        name = re.search(r"[Ss]ave (?:this|it) as `([^`]+)`:$", said)
        text = "\n".join(lines[at + 1 : end]) + "\n"
        yield Block(lines[at][3:].strip(), text, at + 1, name[1] if name else "")
        at = end + 1


class Reader:
    """Does what a page says in ``folder``; ``replaced``: what stands for placeholders of addresses."""

    def __init__(self, folder: Path, replaced: Mapping[str, str]) -> None:
        self.folder, self.replaced = folder, replaced
        self.names: dict[str, Any] = {"__name__": "__page__"}
        self.code, self.commands = 0, 0

    def follow(self, path: Path) -> None:
        """Work off every block of the page."""
        for block in blocks(path):
            place = f"{path.name}:{block.line}"
            text = self._placed(block.text)
            if block.save_as:
                target = self.folder / block.save_as
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            elif block.language == "console":
                self._console(text, place)
            elif block.language == "python":
                exec(compile(text, place, "exec"), self.names)
            elif block.language == "yaml":
                check_part(text, self.folder, place)

    def _placed(self, text: str) -> str:
        for placeholder, real in self.replaced.items():
            text = text.replace(placeholder, real)
        return text

    def _console(self, text: str, place: str) -> None:
        for command, expected in _commands(text):
            if command == "echo $?":
                assert expected == [str(self.code)], f"{place}: the exit code was {self.code}"
                continue
            printed = self._run(command)
            self.commands += 1
            assert self.code in (0, 3) or "echo $?" in text, f"{place}: {command}\n{printed}"
            missing = first_missing(expected, printed)
            assert missing is None, f"{place}: {command}\nis to print:\n{missing}\nbut printed:\n{printed}"

    def _run(self, command: str) -> str:
        words = shlex.split(command, comments=True)
        variables = {}
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            name, _, value = words.pop(0).partition("=")
            variables[name] = value
        plain = re.sub(r"'[^']*'", "", command)
        if words and words[0] == "intakegateway" and not any(sign in plain for sign in SHELL):
            done = CliRunner().invoke(program(), words[1:], prog_name="intakegateway", env=variables)
            self.code = done.exit_code
            return done.output
        shell = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, cwd=self.folder, check=False,
            env={**os.environ, "PATH": f"{self._programs()}{os.pathsep}{os.environ['PATH']}"},
        )  # fmt: skip
        self.code = shell.returncode
        return shell.stdout + shell.stderr

    def _programs(self) -> Path:
        """A folder with ``intakegateway`` and ``python`` of this environment."""
        folder = self.folder / ".programs"
        folder.mkdir(exist_ok=True)
        source = Path(__file__).resolve().parents[1] / "src"
        for name, words in (("intakegateway", "-m intakegateway"), ("python", "")):
            script = folder / name
            script.write_text(
                f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(source))} exec {shlex.quote(sys.executable)} {words} "$@"\n'
            )
            script.chmod(0o755)
        return folder


def check_part(text: str, folder: Path, place: str) -> None:
    """Refuse YAML that is neither a file nor a part of a task."""
    value = yaml.safe_load(text)
    assert isinstance(value, dict), f"{place}: not keys with values"
    if {"tasks", "defaults", "connections"} & value.keys() or {"source", "load"} <= value.keys():
        path = folder / "part-of-a-page.yaml"
        path.write_text(text, encoding="utf-8")
        read_project(path)
        return
    validated(
        {"name": "part", "source": {"path": "x.csv"}, "load": {"to": "memory://", "table": "t"}} | value
    )


def first_missing(expected: list[str], printed: str) -> str | None:
    """The first of the expected lines that is not printed in its turn; None if all are."""
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    at = 0
    for line in expected:
        wanted = " ".join(line.split())
        if wanted in ("", "…"):
            continue
        pattern = re.compile(".*".join(re.escape(part.strip()) for part in wanted.split("…")))
        at = next((i + 1 for i in range(at, len(lines)) if pattern.fullmatch(lines[i])), -1)
        if at < 0:
            return line
    return None


def _commands(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a block with the lines under it; a backslash continues a command."""
    joined = re.sub(r"\\\n\s*", "", text)
    for part in re.split(r"^\$ ", joined, flags=re.MULTILINE)[1:]:
        command, *expected = part.rstrip("\n").split("\n")
        yield command.partition("    # ")[0].strip(), expected
