"""What is taken for hidden, and what is taken for changed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from assistant_sync.vapi.hidden_headers import OurHeaders, WithHiddenHeaders

OURS = {"X-Vapi-Secret": "s3cret"}
HIDDEN, URL = {"X-Vapi-Secret": "***"}, "https://here.example"


@dataclass
class Objects:
    """One object, of which Vapi shows this of its headers."""

    shown: Any = field(default_factory=lambda: HIDDEN)

    async def get(self, vapi_id: str) -> Any:
        return {"id": vapi_id, "server": {"url": URL, "headers": self.shown}}

    async def all(self) -> AsyncIterator[Any]:
        yield await self.get("one")

    async def create(self, fields: Any) -> str:
        return "one"

    async def patch(self, vapi_id: str, fields: Any) -> None: ...


@dataclass
class Remembered:
    kept: dict[str, tuple[str, str]] = field(default_factory=dict)

    async def of(self, vapi_id: str) -> tuple[str, str] | None:
        return self.kept.get(vapi_id)

    async def all(self) -> Any:
        return self.kept

    async def keep(self, vapi_id: str, sent: str, shown: str) -> None:
        self.kept[vapi_id] = (sent, shown)


@pytest.fixture
def objects() -> Objects:
    return Objects()


@pytest.fixture
def remembered() -> Remembered:
    return Remembered()


@pytest.fixture
def vapi(objects, remembered):
    return WithHiddenHeaders(objects, OurHeaders(OURS, "key", remembered))


async def _headers(vapi) -> Any:
    return (await vapi.get("one"))["server"]["headers"]


async def test_what_was_never_sent_is_as_vapi_shows_it(vapi):
    assert await _headers(vapi) == HIDDEN


async def test_what_vapi_took_and_hides_is_there_in_lists_too(vapi, remembered):
    await vapi.patch("one", {"server": {"headers": OURS}})
    assert await _headers(vapi) == OURS
    assert [item["server"]["headers"] async for item in vapi.all()] == [OURS]
    assert "s3cret" not in str(remembered.kept)


async def test_a_patch_of_something_else_says_nothing_of_headers(vapi):
    await vapi.patch("one", {"name": "Reception"})
    assert await _headers(vapi) == HIDDEN


async def test_headers_that_somebody_changed_are_as_vapi_shows_them(vapi, objects):
    await vapi.patch("one", {"server": {"headers": OURS}})
    await _headers(vapi)
    objects.shown = {"X-Vapi-Secret": "another"}
    assert await _headers(vapi) == {"X-Vapi-Secret": "another"}


async def test_what_users_add_beside_ours_says_nothing_of_ours(vapi, objects):
    await vapi.patch("one", {"server": {"headers": OURS}})
    await _headers(vapi)
    objects.shown = {**HIDDEN, "X-Their-Own": "***"}
    assert await _headers(vapi) == {**OURS, "X-Their-Own": "***"}


async def test_a_new_secret_of_ours_is_not_taken_for_the_one_that_was_sent(vapi, objects, remembered):
    await vapi.create({"server": {"headers": OURS}})
    await _headers(vapi)
    renewed = WithHiddenHeaders(objects, OurHeaders({"X-Vapi-Secret": "new"}, "key", remembered))
    assert await _headers(renewed) == HIDDEN


async def test_nothing_is_remembered_of_a_vapi_that_shows_what_it_has(vapi, objects, remembered):
    objects.shown = {**OURS, "X-Their-Own": "1"}
    await vapi.patch("one", {"server": {"headers": OURS}})
    assert await _headers(vapi) == objects.shown
    assert remembered.kept == {}
