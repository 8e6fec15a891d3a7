"""Traces: where the time of an answer went, from the gateway over gRPC down to SQL, sent by OTLP over HTTP.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT is set, and then nothing is spent on them. A span carries ids, names and figures,
as a log line does (`logs.ALLOWED_KEYS`); never an argument, a parameter of a statement, or an exception's text.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

Attributes: TypeAlias = Mapping[str, str | int | float | bool]

CALL_ID = "switchboard.call_id"
"""Vapi's id of the call, by which its traces are found."""
ORGANIZATION_ID = "switchboard.organization_id"

CLIENT, SERVER = SpanKind.CLIENT, SpanKind.SERVER

_propagator = TraceContextTextMapPropagator()  # W3C Trace Context
_tracer: Tracer | None = None

_NAMES = {"call_id": CALL_ID, "organization_id": ORGANIZATION_ID}


def send_traces(service: str, endpoint: str | None) -> None:
    """Send this process's traces to a collector, or, without one, make none. `endpoint` is its base URL."""
    if endpoint is None:
        return
    # Imported only where they are sent: a third of a second.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider as SendingProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = SendingProvider(resource=Resource.create({SERVICE_NAME: service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")))
    make_traces(provider)


def make_traces(provider: TracerProvider | None) -> None:
    """Make spans with this provider from now on; with None, none."""
    global _tracer  # noqa: PLW0603  # one for the process, as logging is
    _tracer = provider.get_tracer("switchboard") if provider else None


def traces_are_made() -> bool:
    """Whether there is anything to be told about the work that is being done."""
    return _tracer is not None


@contextmanager
def traced(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    attributes: Attributes | None = None,
    parent: Context | None = None,
) -> Iterator[Span]:
    """A span around the block; it ends as an error, named by the exception's type, if the block raises."""
    if _tracer is None:
        yield INVALID_SPAN
        return
    with _tracer.start_as_current_span(
        name, parent, kind, attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__qualname__))
            raise


def trace_id() -> str | None:
    """Of the trace that is being made here, in hex; None if there is none."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def to_be_carried() -> list[tuple[str, str]]:
    """Metadata by which the other side goes on with this trace."""
    carrier: dict[str, str] = {}
    if _tracer is not None:
        _propagator.inject(carrier)
    return list(carrier.items())


def carried(metadata: Mapping[str, str]) -> Context | None:
    """The trace that the other side began, if it did."""
    return _propagator.extract(metadata) if _tracer is not None else None


def begun(name: str, kind: SpanKind, attributes: Attributes) -> Span | None:
    """A span for what no block goes around; whoever begins it ends it. None if no traces are made."""
    return _tracer.start_span(name, kind=kind, attributes=attributes) if _tracer is not None else None


def note(**ids: str | None) -> None:
    """Say of the work at hand which `call_id` and `organization_id` it is for, as far as they are known."""
    span = trace.get_current_span()
    for name, value in ids.items():
        if value:
            span.set_attribute(_NAMES[name], value)
