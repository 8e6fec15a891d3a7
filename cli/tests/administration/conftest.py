"""The command, and a gateway for it to ask."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route
from typer.testing import CliRunner, Result

from cli.tests.administration.fake_gateway import HARBOR, KEY, LAKESIDE, FakeGateway
from switchboard_cli.main import app


@pytest.fixture(scope="session")
def _listening_gateway() -> Iterator[FakeGateway]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        fake = FakeGateway(f"http://127.0.0.1:{listener.getsockname()[1]}")
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        program = Starlette(routes=[Route("/{path:path}", fake.answer, methods=methods)])
        server = uvicorn.Server(uvicorn.Config(program, loop="asyncio", log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:  # uvicorn has no event for it
                time.sleep(0.005)
            yield fake
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def gateway(_listening_gateway: FakeGateway) -> FakeGateway:
    """Nothing was asked yet; two organizations are there."""
    fake = _listening_gateway
    fake.asked.clear()
    fake.answers.clear()
    fake.will_list("/api/organizations", LAKESIDE, HARBOR)
    for one in (LAKESIDE, HARBOR):
        fake.will_answer("GET", f"/api/organizations/{one['id']}", one)
    return fake


@pytest.fixture
def switchboard(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, tmp_path) -> Callable[..., Result]:
    """Runs the command against the gateway, as an administrator whose environment names it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SWITCHBOARD_HOME", raising=False)
    monkeypatch.setenv("BACKEND_URL", gateway.url)
    monkeypatch.setenv("SWITCHBOARD_ADMIN_KEY", KEY)

    def run(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(app, arguments, catch_exceptions=False, **options)

    return run
