"""The first answers of a process, while its application is still being made."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from intakegateway import __version__
from intakegateway.api.door import Door
from intakegateway.api.headers import CONTENT_POLICY
from intakegateway.model.errors import DefinitionError
from intakegateway.settings import Settings, read_settings


class Making:
    """An application that is made when it is told to, or cannot be made."""

    def __init__(self, settings: Settings) -> None:
        self.door = Door(settings)
        self.may_go_on = threading.Event()
        self.error: Exception | None = None

    def __call__(self) -> tuple[Starlette, str]:
        assert self.may_go_on.wait(30)
        if self.error is not None:
            raise self.error
        return Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])]), "beside"

    def meanwhile(self, story: Callable[[httpx.AsyncClient, asyncio.Task[str]], Awaitable[None]]) -> None:
        """Tell a story while the application is being made."""

        async def whole() -> None:
            opening = asyncio.create_task(self.door.open(self))
            transport = httpx.ASGITransport(self.door)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                await story(client, opening)

        asyncio.run(whole())


async def echo(request: Request) -> PlainTextResponse:
    """What was asked for, and with which body."""
    return PlainTextResponse(f"{request.method} {request.url.path} {(await request.body()).decode()}")


@pytest.fixture
def making(home: object) -> Making:
    return Making(read_settings())


def test_a_process_says_that_it_lives_before_its_application_is_there(making: Making) -> None:
    async def story(client: httpx.AsyncClient, opening: asyncio.Task[str]) -> None:
        early = await client.get("/health", headers={"X-Request-Id": "mine"})
        assert not opening.done()
        assert early.json() == {"status": "ok", "version": __version__}
        assert early.headers["content-security-policy"] == CONTENT_POLICY
        assert early.headers["x-request-id"] == "mine"
        making.may_go_on.set()
        assert await opening == "beside"
        assert (await client.get("/health")).text == "GET /health "

    making.meanwhile(story)


def test_below_a_path_of_its_own_it_says_so_there(home: object) -> None:
    making = Making(replace(read_settings(), base_url="http://gateway/gateway"))

    async def story(client: httpx.AsyncClient, opening: asyncio.Task[str]) -> None:
        assert (await client.get("/gateway/health")).json()["status"] == "ok"
        making.may_go_on.set()
        await opening

    making.meanwhile(story)


def test_who_asks_for_more_waits_with_the_whole_request_and_is_not_refused(making: Making) -> None:
    async def story(client: httpx.AsyncClient, opening: asyncio.Task[str]) -> None:
        asked = [
            asyncio.create_task(client.get("/api/v1/projects")),
            asyncio.create_task(client.post("/api/v1/projects", content="a body")),
            asyncio.create_task(client.head("/health")),
        ]
        done, _ = await asyncio.wait(asked, timeout=0.2)
        assert not done
        making.may_go_on.set()
        answers = await asyncio.gather(*asked)
        assert [one.text for one in answers[:2]] == [
            "GET /api/v1/projects ", "POST /api/v1/projects a body",
        ]  # fmt: skip
        assert answers[2].status_code == 200
        await opening

    making.meanwhile(story)


def test_when_it_cannot_be_made_the_waiting_are_told_and_the_error_is_raised(making: Making) -> None:
    making.error = DefinitionError("the database is of a newer version.", where="INTAKEGATEWAY_DATABASE_URL")

    async def story(client: httpx.AsyncClient, opening: asyncio.Task[str]) -> None:
        waiting = asyncio.create_task(client.get("/api/v1/projects"))
        await asyncio.sleep(0)
        making.may_go_on.set()
        answer = await waiting
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert "newer" not in answer.text  # what is wrong is for the log, not for everybody
        with pytest.raises(DefinitionError, match="newer version"):
            await opening

    making.meanwhile(story)
