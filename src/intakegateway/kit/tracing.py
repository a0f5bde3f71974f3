"""OpenTelemetry traces, where the extra ``otel`` is installed and an exporter is set; nothing otherwise.

Set ``OTEL_EXPORTER_OTLP_ENDPOINT`` (and the other variables of OpenTelemetry) to send them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

_tracer: Any = None


class TracingError(Exception):
    """Traces are wanted, and what they need is not installed."""


def wanted() -> bool:
    """Whether the environment says where traces go."""
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not disabled and any(os.environ.get(name) for name in ENDPOINTS)


def enable(service: str, exporter: Any = None) -> Any:
    """Send traces from now on; to ``exporter``, or to where the environment says. Returns the provider.

    Raises ``TracingError`` without the extra ``otel``.
    """
    global _tracer
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        if exporter is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

            exporter = OTLPSpanExporter()
    except ModuleNotFoundError:
        raise TracingError("traces need a package: pip install 'intakegateway[otel]'") from None
    provider = TracerProvider(
        resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", service)})
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("intakegateway")
    return provider


def disable() -> None:
    """Send none any more."""
    global _tracer
    _tracer = None


@contextmanager
def span(name: str, attributes: Mapping[str, str | int | float | bool]) -> Iterator[Any]:
    """A span around the work inside; gives the span, or None where nothing is traced.

    An error that leaves it is noted and goes on.
    """
    if _tracer is None:
        yield None
        return
    with _tracer.start_as_current_span(name, attributes=attributes) as found:
        yield found
