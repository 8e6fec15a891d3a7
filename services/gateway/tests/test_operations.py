"""What a handler's signature declares, and how parameters are read by it."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct, field
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.answers import Accepted, Created, Page, Unavailable, response_of
from gateway.http.instants import Instant
from gateway.http.operations import Content, operation
from gateway.http.parameters import Id, Named, Path, Query, read_path, read_query
from gateway.http.problems import Refused

ID = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"


class Item(Struct):
    id: str


async def get(item: Named) -> Item: ...
async def save(item: Named) -> Item | Accepted[Item]: ...
async def create() -> Created[Item]: ...
async def remove(item: Named) -> None: ...
async def listed() -> Page[Item]: ...
async def ready() -> Item | Unavailable[Item]: ...
async def raw(request: Request) -> Response: ...
async def strange(number: int) -> Item: ...


@pytest.mark.parametrize(
    ("handler", "answers"),
    [
        (get, {200: Item}),
        (save, {200: Item, 202: Item}),
        (create, {201: Item}),
        (remove, {204: None}),
        (listed, {200: Page[Item]}),
        (ready, {200: Item, 503: Item}),
    ],
)
def test_a_signature_tells_what_is_answered(handler, answers):
    assert operation(handler, "…").answers == answers


def test_a_signature_tells_what_is_taken():
    assert operation(get, "…").one(Path) is Named
    assert operation(get, "…").one(Query) is None


def test_a_handler_that_makes_its_response_itself_has_to_say_what_it_answers():
    with pytest.raises(TypeError):
        operation(raw, "…")
    assert operation(raw, "…", answers={200: Content("text/csv")}).answers == {200: Content("text/csv")}


def test_a_handler_that_takes_what_no_request_says_is_refused_at_the_start():
    with pytest.raises(TypeError):
        operation(strange, "…")


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (Item("1"), 200, b'{"id":"1"}'),
        (Created(Item("1")), 201, b'{"id":"1"}'),
        (Accepted(Item("1")), 202, b'{"id":"1"}'),
        (Unavailable(Item("1")), 503, b'{"id":"1"}'),
        (None, 204, b""),
    ],
)
def test_an_answer_is_written_with_its_status(answer, status, body):
    response = response_of(answer)
    assert (response.status_code, response.body) == (status, body)


class Wanted(Query):
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    weeks: Annotated[int, Meta(ge=1, le=9)] = 1
    from_: Instant | None = field(name="from", default=None)
    thing: Id | None = None
    state: Literal["open", "done"] | None = None
    all: bool = False
    search: str = ""


def asked(query: str = "", **path: str) -> Request:
    return Request({"type": "http", "query_string": query.encode(), "path_params": path, "headers": []})


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("", "limit", 50),
        ("limit=200", "limit", 200),
        ("from=2027-01-31T09:00:00Z", "from_", datetime(2027, 1, 31, 9, tzinfo=UTC)),
        ("from=2027-01-31T10:00:00+01:00", "from_", datetime(2027, 1, 31, 9, tzinfo=UTC)),
        ("thing=" + ID.upper(), "thing", ID),
        ("state=done", "state", "done"),
        ("all=true", "all", True),
        ("search=null", "search", "null"),
        ("colour=red", "search", ""),
    ],
)
def test_a_parameter_is_read_as_it_is_declared(query, name, value):
    assert getattr(read_query(asked(query), Wanted), name) == value


@pytest.mark.parametrize(
    ("query", "code"),
    [
        *(
            (f"limit={text}", "MALFORMED_LIMIT")
            for text in ("0", "201", "", "x", "1.0", "+5", "\u0665", "9" * 5000, "null")
        ),
        *((f"weeks={text}", "MALFORMED_PARAMETER") for text in ("0", "10", "one")),
        *((f"from={text}", "MALFORMED_PARAMETER") for text in ("", "now", "1700000000", "2027-01-31T09:00:00")),
        *((f"thing={text}", "MALFORMED_PARAMETER") for text in ("", "7", "null", ID.replace("-", ""), f"{{{ID}}}")),
        *((f"state={text}", "MALFORMED_PARAMETER") for text in ("", "Open")),
        *((f"all={text}", "MALFORMED_FLAG") for text in ("", "1", "TRUE", "maybe")),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_by_its_name_and_with_what_helps(query, code):
    with pytest.raises(Refused) as refused:
        read_query(asked(query), Wanted)
    assert refused.value.problem.code == code
    assert query.partition("=")[0] in refused.value.problem.detail
    assert refused.value.problem.fix.startswith("Send ")


@pytest.mark.parametrize("text", ["7", "", ID.replace("-", ""), ID + "0", "\x00"])
def test_what_is_no_id_is_not_there(text):
    with pytest.raises(Refused) as refused:
        read_path(asked(id=text), Named)
    assert refused.value.problem.status == 404
    assert read_path(asked(id=ID.upper()), Named).id == ID
