"""What changes of routes."""

from switchboard.tenancy.v1 import tenancy_service_pb2 as tenancy_pb2
from tenancy.domain.routing.routes import Changed, Event, Heartbeat, Opened

_Response = tenancy_pb2.WatchRoutesResponse


def seen(request: tenancy_pb2.WatchRoutesRequest) -> int | None:
    """The version the caller has seen; None if it keeps nothing."""
    return request.after_version if request.HasField("after_version") else None


def event(told: Event) -> tenancy_pb2.WatchRoutesResponse:
    match told:
        case Opened(version, forget):
            return _Response(version=version, opened=_Response.Opened(forget=forget))
        case Changed(version, evidence):
            return _Response(version=version, changed=_Response.Changed(evidence=evidence))
        case Heartbeat(version):
            return _Response(version=version, heartbeat=_Response.Heartbeat())
