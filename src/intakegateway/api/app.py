"""The web application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from fastapi import APIRouter, FastAPI

from intakegateway import __version__
from intakegateway.api import errors, metrics
from intakegateway.api.hub import Hub
from intakegateway.bootstrap import Gateway, build
from intakegateway.settings import read_settings

ROUTES = ("projects", "runs", "rejects", "imports", "schedules", "live", "notifications", "stats")
"""The nouns under ``/api/v1``; each is a module of ``api.routes`` with a ``router``."""
OUTSIDE = ("health",)
"""Routes that stand beside ``/api/v1``."""


def create_app(gateway: Gateway) -> FastAPI:
    """The application over a gateway that is built already; whoever built it closes it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.hub.close()

    app = FastAPI(
        title="IntakeGateway", version=__version__, docs_url="/api/docs", redoc_url=None,
        openapi_url="/api/v1/openapi.json", root_path=gateway.context.settings.base_path,
        responses=errors.answers(401, 422), lifespan=lifespan,
    )  # fmt: skip
    app.state.gateway = gateway
    app.state.hub = Hub(gateway.context)
    errors.install(app)
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
