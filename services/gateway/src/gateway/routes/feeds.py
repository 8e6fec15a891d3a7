"""`GET /feeds/{secret}.ics`: a calendar as others subscribe to it. The link is the key; it is told to nobody else."""

import re
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from chassis.deadline import deadline_scope
from chassis.errors import Kind
from chassis.rpc.client import RpcClient
from gateway.http.operations import Content, Resource, Who, operation, resource
from gateway.http.problems import Refused, state
from switchboard.booking.v1.feed_service_pb2 import ReadFeedRequest
from switchboard.booking.v1.feed_service_pb2_grpc import FeedServiceStub

_SECONDS = 10.0
"""How long a calendar's reader, who is no person, waits at most."""
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_TAG = re.compile(r'"([0-9a-f]{64})"')
_MOST_TAGS = 10
_ICALENDAR = "text/calendar; charset=utf-8"


class FeedRoutes:
    def __init__(self, booking: RpcClient) -> None:
        self._read = booking.stub(FeedServiceStub).ReadFeed

    def resources(self) -> list[Resource]:
        read = operation(
            self.read,
            "Subscribe to a calendar by its link",
            who=Who.ANYONE,
            answers={200: Content(_ICALENDAR), 304: None},
            problems={404: ("FEED_NOT_FOUND",)},
        )
        return [resource("/feeds/{secret}.ics", GET=read)]

    async def read(self, request: Request) -> Response:
        secret = request.path_params["secret"]
        if not _SECRET.fullmatch(secret):
            raise Refused(state(Kind.NOT_FOUND, "FEED_NOT_FOUND"))
        with deadline_scope(_SECONDS):
            found = await self._read(ReadFeedRequest(secret=secret, known_editions=_known_editions(request)))
        headers = {"ETag": f'"{found.edition}"', "Cache-Control": "private, no-cache"}
        if not found.icalendar or _has_any(request):
            return Response(status_code=304, headers=headers)
        return Response(found.icalendar, headers=headers, media_type=_ICALENDAR)


def _has_any(request: Request) -> bool:
    """Whether the reader wants it only if it had none: `If-None-Match: *`."""
    return any(told.strip() == "*" for told in request.headers.getlist("if-none-match"))


def _known_editions(request: Request) -> Iterator[str]:
    """Those of If-None-Match; a cache on the way may have made a tag a weak one."""
    told = ",".join(request.headers.getlist("if-none-match"))
    for number, tag in enumerate(_TAG.finditer(told)):
        if number < _MOST_TAGS:
            yield tag[1]
