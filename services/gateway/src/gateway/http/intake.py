"""Taking in a request's body: no more than the cap. How long it may take to come, `connection.py` bounds."""

from starlette.requests import Request

from gateway.http.problems import BODY_INCOMPLETE, BODY_TOO_LARGE, WRONG_MEDIA_TYPE, Refused

_CLOSE = {"Connection": "close"}
"""What is left of a refused body is not read: the connection ends."""

_MOST_DISCARDED = 16 * 1024 * 1024
"""Bytes that are read for the sake of an answer alone."""


class Intake:
    def __init__(self, *, most_bytes: int = 2 * 1024 * 1024) -> None:
        self._most_bytes = most_bytes

    async def body_of(self, request: Request) -> bytes:
        """The raw bytes. Raises Refused."""
        body = b""
        more = True
        while more:
            part = await request.receive()
            if part["type"] != "http.request":
                raise Refused(BODY_INCOMPLETE, _CLOSE)
            body = body + part.get("body", b"") if body else part.get("body", b"")
            more = part.get("more_body", False)
            if len(body) > self._most_bytes:
                await self._discard(request, more=more)
                raise Refused(BODY_TOO_LARGE, _CLOSE)
        return body

    async def _discard(self, request: Request, *, more: bool) -> None:
        """Read on for a while: a sender who is cut off while sending never reads why."""
        left = _MOST_DISCARDED
        while more and left > 0:
            part = await request.receive()
            left -= len(part.get("body", b""))
            more = part.get("more_body", False)


def require_json(request: Request) -> None:
    """Raises Refused if the body is declared as something else, or as compressed; undeclared, it is taken for JSON."""
    declared = request.headers.get("content-type")
    if declared is not None and declared.partition(";")[0].strip().lower() != "application/json":
        raise Refused(WRONG_MEDIA_TYPE)
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Refused(WRONG_MEDIA_TYPE)
