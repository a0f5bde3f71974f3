"""When Python looks for circles of objects that nobody needs: not while a command starts, seldom afterwards."""

from __future__ import annotations

import gc

NEW_OBJECTS = 20_000
"""New ones after which it looks among them. Its own 700 come with every few records, or one request."""


def look_from_now_on() -> None:
    """What is there by now stays to the end. Without effect where it was not put off."""
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(NEW_OBJECTS, 20, 20)
        gc.enable()
