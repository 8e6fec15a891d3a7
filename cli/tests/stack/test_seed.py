"""What seeding does where the Vapi account is not the simulator's."""

from collections.abc import Callable
from types import SimpleNamespace

import httpx
import pytest

from switchboard_cli import seed


@pytest.mark.parametrize("answer", [lambda: httpx.Response(404), lambda: httpx.Response(401)])
async def test_no_numbers_are_bought_in_an_account_that_is_not_the_simulators(monkeypatch, answer) -> None:
    asked = _vapi(monkeypatch, answer)
    await seed._buy_numbers(SimpleNamespace(vapi=SimpleNamespace(base_url="https://vapi.example", api_key="key")))
    assert [(request.method, "Authorization" in request.headers) for request in asked] == [("GET", False)]


async def test_an_account_that_does_not_answer_is_nobodys_simulator(monkeypatch) -> None:
    def hang() -> httpx.Response:
        raise httpx.ReadTimeout("late")

    _vapi(monkeypatch, hang)
    await seed._buy_numbers(SimpleNamespace(vapi=SimpleNamespace(base_url="https://vapi.example", api_key="key")))


def _vapi(monkeypatch, answer: Callable[[], httpx.Response]) -> list[httpx.Request]:
    asked: list[httpx.Request] = []
    client = httpx.AsyncClient

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answer()

    monkeypatch.setattr(
        seed.httpx, "AsyncClient", lambda **named: client(transport=httpx.MockTransport(handle), **named)
    )
    return asked
