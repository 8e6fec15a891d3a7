import asyncio
import socket
from pathlib import Path

import pytest

import assistant_sync
import chassis
from assistant_sync.app import serve
from assistant_sync.domain.reconciling.reconciler import Reconciler
from assistant_sync.settings import AssistantSyncSettings


async def test_a_service_that_cannot_listen_leaves_no_work_behind(monkeypatch, database):
    async def endless(_):
        await asyncio.Event().wait()

    monkeypatch.setattr(Reconciler, "run", endless)
    before = our_tasks()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = AssistantSyncSettings(
            listen_addr=f"127.0.0.1:{taken.getsockname()[1]}",
            allow_unauthenticated_grpc=True,
            database_url=database.app_url,
            tenancy_addr="127.0.0.1:1",
            booking_addr="127.0.0.1:1",
            vapi_private_key="a-private-key",
            vapi_webhook_secret="the-webhook-secret",
            backend_url="https://switchboard.example",
        )
        with pytest.raises(RuntimeError):
            await serve(settings)
    assert our_tasks() == before


def our_tasks() -> set[asyncio.Task]:
    """Those that run our code: what gRPC and SQLAlchemy keep in the loop comes and goes as it pleases."""
    ours = (str(Path(assistant_sync.__file__).parent), str(Path(chassis.__file__).parent), __file__)
    return {each for each in asyncio.all_tasks() if file_of(each.get_coro()).startswith(ours)}


def file_of(coroutine: object) -> str:
    code = getattr(coroutine, "cr_code", None)  # extensions and generators have none
    return code.co_filename if code else ""
