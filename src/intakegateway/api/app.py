"""The web application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from fastapi import APIRouter, FastAPI

from intakegateway import __version__
from intakegateway.api import errors, metrics, security
from intakegateway.api.bodies import JsonBodies
from intakegateway.api.hub import Hub
from intakegateway.api.idempotency import Idempotency
from intakegateway.bootstrap import Gateway, build
from intakegateway.kit import tracing
from intakegateway.services.logs import configure
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
    "samples",
    "signing_in",
    "sso",
    "users",
    "rejects",
    "imports",
    "live",
    "file_looks",
    "previews",
    "helpers",
    "pushes",
    "mappings",
    "schemas",
    "templates",
    "system",
)
"""The nouns under ``/api/v1``; each is a module of ``api.routes`` with a ``router``.

They are looked through in this order: those that pages ask most come first.
"""
OUTSIDE = ("health",)
"""Routes that stand beside ``/api/v1``."""


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = errors.typed(super().openapi())
        return self.openapi_schema


def create_app(gateway: Gateway) -> FastAPI:
    """The application over a gateway that is built already; whoever built it closes it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.hub.close()
        await asyncio.to_thread(app.state.hub.join)

    app = _Application(
        title="IntakeGateway", version=__version__, docs_url=None, redoc_url=None,
        openapi_url="/api/v1/openapi.json", responses=errors.answers(400, 401, 403, 413, 422, 503),
        generate_unique_id_function=lambda route: route.name,
        lifespan=lifespan,
    )  # fmt: skip
    app.state.gateway = gateway
    if tracing.wanted():
        trace(app, tracing.enable("intakegateway"))
    app.state.hub = Hub(gateway.context)
    errors.install(app)
    app.add_middleware(Idempotency, gateway=gateway)
    app.add_middleware(JsonBodies, uploads=security.UPLOADS, base_path=gateway.context.settings.base_path)
    security.install(app, gateway.context.settings)
    metrics.install(app, gateway)
    api = APIRouter(prefix="/api/v1")
    for name in ROUTES:
        api.include_router(import_module(f"intakegateway.api.routes.{name}").router)
    app.include_router(api)
    for name in OUTSIDE:
        app.include_router(import_module(f"intakegateway.api.routes.{name}").router)
    return app


def trace(app: FastAPI, provider: Any) -> None:
    """A span for each request, in a provider of OpenTelemetry."""
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, excluded_urls="health,metrics")


def from_environment() -> FastAPI:
    """For servers that make the application themselves (``uvicorn --factory``)."""
    settings = read_settings()
    configure(settings)
    return create_app(build(settings))
