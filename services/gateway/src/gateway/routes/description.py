"""`/openapi.json` and `/docs`: what can be asked of the gateway, for programs and for people."""

from collections.abc import Iterable
from functools import cached_property

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.operations import Content, Resource, Who, operation, resource
from gateway.openapi.document import document
from gateway.openapi.page import POLICY, page
from gateway.openapi.schemas import Json

_HTML = "text/html; charset=utf-8"


class DescriptionRoutes:
    """Made when first asked for, and kept."""

    def __init__(self, others: Iterable[Resource]) -> None:
        """`others` are the resources besides its own."""
        self._others = [*others]

    def resources(self) -> list[Resource]:
        return [
            resource(
                "/openapi.json",
                GET=operation(self.tell, "This API as an OpenAPI document", who=Who.ANYONE, answers={200: Json}),
            ),
            resource(
                "/docs",
                GET=operation(self.show, "This API as a page", who=Who.ANYONE, answers={200: Content(_HTML)}),
            ),
        ]

    async def tell(self, _request: Request) -> Response:
        return Response(self._json, media_type="application/json")

    async def show(self, _request: Request) -> Response:
        """It needs nothing from elsewhere, and runs no script."""
        return Response(self._page, media_type=_HTML, headers={"Content-Security-Policy": POLICY})

    @cached_property
    def _document(self) -> Json:
        return document([*self._others, *self.resources()])

    @cached_property
    def _json(self) -> bytes:
        return msgspec.json.encode(self._document)

    @cached_property
    def _page(self) -> str:
        return page(self._document)
