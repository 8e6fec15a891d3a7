"""A gateway that says what it is told to, over real HTTP."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

KEY = "the-administrators-key"
LAKESIDE = {
    "id": "11111111-1111-4111-8111-111111111111",
    "name": "Lakeside Dental",
    "timezone": "America/New_York",
    "status": "active",
}
HARBOR = {
    "id": "22222222-2222-4222-8222-222222222222",
    "name": "Harbor Physiotherapy",
    "timezone": "America/Los_Angeles",
    "status": "active",
}


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    key: str
    organization: str
    body: Any


@dataclass
class FakeGateway:
    """Answers what a test put at a method and path; organizations are there already."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[tuple[str, str], Response | Callable[[Asked], Response]] = field(default_factory=dict)

    def will_answer(self, method: str, path: str, body: Any = None, status: int = 200) -> None:
        self.answers[method, path] = JSONResponse(body, status) if body is not None else Response(status_code=status)

    def will_list(self, path: str, *items: Any) -> None:
        self.will_answer("GET", path, {"items": list(items), "next_cursor": None})

    def will_page(self, path: str, *pages: list[Any]) -> None:
        """A list over several pages; a cursor is the number of the next."""

        def page(asked: Asked) -> Response:
            number = int(asked.query.get("cursor", "0"))
            after = str(number + 1) if number + 1 < len(pages) else None
            return JSONResponse({"items": pages[number], "next_cursor": after})

        self.answers["GET", path] = page

    def will_refuse(self, method: str, path: str, status: int, **problem: Any) -> None:
        problem = {"status": status, "code": "SOME_CODE", "trace_id": "ab12"} | problem
        self.answers[method, path] = JSONResponse(problem, status, media_type="application/problem+json")

    @property
    def changes(self) -> list[Asked]:
        return [one for one in self.asked if one.method != "GET"]

    async def answer(self, request: Request) -> Response:
        body = await request.body()
        asked = Asked(
            method=request.method,
            path=request.scope["path"],
            query=dict(request.query_params),
            key=request.headers.get("authorization", "").removeprefix("Bearer "),
            organization=request.headers.get("x-organization-id", ""),
            body=json.loads(body) if body else None,
        )
        self.asked.append(asked)
        answer = self.answers.get((asked.method, asked.path), Response(status_code=599))
        return answer if isinstance(answer, Response) else answer(asked)
