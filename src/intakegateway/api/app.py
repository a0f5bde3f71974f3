"""The web application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from fastapi import APIRouter, FastAPI

from intakegateway import __version__
from intakegateway.api import errors, metrics, security
from intakegateway.api.hub import Hub
from intakegateway.api.idempotency import Idempotency
from intakegateway.bootstrap import Gateway, build
from intakegateway.settings import read_settings

ROUTES = (
    "runs",
    "tasks",
    "stats",
    "schedules",
    "files",
    "connections",
    "notifications",
    "audit",
    "accounts",
    "connectors",
    "projectdocs",
    "projects",
    "signing_in",
    "sso",
    "users",
    "imports",
    "live",
    "file_looks",
    "previews",
    "helpers",
    "pushes",
    "mappings",
    "schemas",
    "templates",
)
"""The nouns under ``/api/v1``; each is a module of ``api.routes`` with a ``router``.

They are looked through in this order: those that pages ask most come first.
"""
OUTSIDE = ("health",)
"""Routes that stand beside ``/api/v1``."""


def create_app(gateway: Gateway) -> FastAPI:
    """The application over a gateway that is built already; whoever built it closes it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.hub.close()
        await asyncio.to_thread(app.state.hub.join)

    app = FastAPI(
        title="IntakeGateway", version=__version__, docs_url=None, redoc_url=None,
        openapi_url="/api/v1/openapi.json", responses=errors.answers(401, 403, 413, 422, 503),
        lifespan=lifespan,
    )  # fmt: skip
    app.state.gateway = gateway
    app.state.hub = Hub(gateway.context)
    errors.install(app)
    app.add_middleware(Idempotency, gateway=gateway)
    security.install(app, gateway.context.settings)
    metrics.install(app, gateway)
    api = APIRouter(prefix="/api/v1")
    for name in ROUTES:
        api.include_router(import_module(f"intakegateway.api.routes.{name}").router)
    app.include_router(api)
    for name in OUTSIDE:
        app.include_router(import_module(f"intakegateway.api.routes.{name}").router)
    return app


def from_environment() -> FastAPI:
    """For servers that make the application themselves (``uvicorn --factory``)."""
    return create_app(build(read_settings()))
