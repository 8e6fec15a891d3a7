"""`/openapi.json` and `/docs`: what can be asked of the gateway, for programs and for people."""

from collections.abc import Sequence
from functools import cached_property

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.operations import Resource, Who, operation, resource
from gateway.openapi.document import document

_JSON = "application/json"


class DescriptionRoutes:
    def __init__(self, others: Sequence[Resource]) -> None:
        """`others` are the resources besides its own."""
        self._others = [*others]

    def resources(self) -> list[Resource]:
        return [
            resource(
                "/openapi.json",
                GET=operation(self.show, "This API as an OpenAPI document", who=Who.ANYONE, answers={200: dict}),
            ),
        ]

    async def show(self, _request: Request) -> Response:
        return Response(self._document, media_type=_JSON)

    @cached_property
    def _document(self) -> bytes:
        return msgspec.json.encode(document([*self._others, *self.resources()]))
