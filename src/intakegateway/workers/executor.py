"""A worker of the pool: takes runs from the queue, one after the other."""

from __future__ import annotations

import os

import structlog

from intakegateway.bootstrap import build
from intakegateway.execution.channel import Channel
from intakegateway.model.errors import UnavailableError
from intakegateway.services.logs import configure
from intakegateway.settings import PREFIX, Settings

POLL = 1.0
"""Seconds after which the queue is looked at although nobody called: runs have times, and other makers."""

log = structlog.get_logger()


def main(channel: Channel, name: str, settings: Settings) -> None:
    """Work until the pool says stop."""
    os.environ[f"{PREFIX}HOME"] = str(settings.home)
    configure(settings)
    gateway = build(settings, upgrade=False)
    executor = gateway.executor(name, channel.tell)
    channel.ready()
    while not channel.is_stopping:
        try:
            worked = executor.next()
        except UnavailableError as error:
            log.warning("store_unavailable", worker=name, reason=str(error))
            worked = False
        if not worked and not channel.is_stopping:
            channel.wait(POLL)
    gateway.close()
