import asyncio
import socket

import pytest

from assistant_sync.app import serve
from assistant_sync.domain.reconciling.reconciler import Reconciler
from assistant_sync.settings import AssistantSyncSettings


async def test_a_service_that_cannot_listen_leaves_no_work_behind(monkeypatch, database):
    async def endless(_):
        await asyncio.Event().wait()

    monkeypatch.setattr(Reconciler, "run", endless)
    before = asyncio.all_tasks()
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
    assert asyncio.all_tasks() == before
