"""What changes of routes."""

from uuid import UUID

from chassis.actor import Actor
from switchboard.tenancy.v1 import tenancy_service_pb2 as tenancy_pb2
from tenancy.domain.routing.routes import Changed, Event, Heartbeat, Opened
from tenancy.domain.text import uuid_of

GATEWAY = "gateway"
"""Its name in service credentials."""

_Response = tenancy_pb2.WatchRoutesResponse


def seen(request: tenancy_pb2.WatchRoutesRequest) -> int | None:
    """The version the caller has seen; None if it keeps nothing."""
    return request.after_version if request.HasField("after_version") else None


def gateway(request: tenancy_pb2.WatchRoutesRequest, actor: Actor) -> UUID | None:
    """Which gateway watches; None for whoever is none, or does not say which."""
    return uuid_of(request.watcher_id) if actor.caller == GATEWAY else None


def event(told: Event, gateways: int | None) -> tenancy_pb2.WatchRoutesResponse:
    match told:
        case Opened(version, forget):
            return _Response(version=version, opened=_Response.Opened(forget=forget))
        case Changed(version, evidence):
            return _Response(version=version, changed=_Response.Changed(evidence=evidence))
        case Heartbeat(version):
            return _Response(version=version, heartbeat=_Response.Heartbeat(gateways=gateways or 0))
