"""What a row must satisfy, and what happens to it if it does not."""

from __future__ import annotations

from intakegateway.model.definition import Definition


class Rule(Definition):
    """One cleaning rule."""
