"""Puts the built page into wheels and source distributions.

``INTAKEGATEWAY_UI`` in the environment says how: ``auto`` (the default) builds it where it is not current,
``wheel`` brings Node.js from a wheel for that, ``skip`` leaves the page out: the server then says so in its
place. An editable install never builds; ``make ui`` does.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent / "ui"))

import make_page


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the page before files are collected."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node.js from a wheel, if that was asked for and the machine has none."""
        return [make_page.WHEEL] if self._mode() == "wheel" and not shutil.which("npm") else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, or stop with the ways out."""
        if version == "editable" or self._mode() == "skip":
            self.app.display_warning("intakegateway: packaged without the page")
            return
        if make_page.is_current():
            self.app.display_info("intakegateway: the page is current")
            return
        try:
            make_page.build(lambda text: self.app.display_info(f"intakegateway: {text}"))
        except make_page.PageError as error:
            raise SystemExit(f"\nintakegateway: {error}") from None

    def _mode(self) -> str:
        return os.environ.get("INTAKEGATEWAY_UI", "auto")
