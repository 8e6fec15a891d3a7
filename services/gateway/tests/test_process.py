"""`python -m gateway` as an operator runs it."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import asynccontextmanager

import httpx

from services.gateway.tests.conftest import PATIENCE

ENVIRONMENT = {
    "TENANCY_ADDR": "127.0.0.1:1",
    "BOOKING_ADDR": "127.0.0.1:1",
    "ASSISTANT_SYNC_ADDR": "127.0.0.1:1",
    "VAPI_WEBHOOK_SECRET": "the secret",
    "SWITCHBOARD_ADMIN_KEY": "the key",
    "LISTEN_ADDR": "127.0.0.1:0",
}
CALLERS_WORDS = "my knee hurts"


@asynccontextmanager
async def gateway(directory, **environment):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", cwd=directory, stderr=PIPE, env=os.environ | ENVIRONMENT | environment
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line_with(process: Process, event: str) -> dict:
    assert process.stderr
    while line := await process.stderr.readline():
        if (found := json.loads(line)).get("event") == event:
            return found
    raise AssertionError(f"the gateway ended without saying {event}")


async def test_it_serves_until_it_is_told_to_stop_and_logs_no_words_of_a_caller(tmp_path):
    async with asyncio.timeout(60), gateway(tmp_path) as process:
        port = (await line_with(process, "serving"))["port"]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as http:
            assert (await http.get("/ready")).json()["status"] == "ready"
            body = {"message": {"type": "transcript", "transcript": CALLERS_WORDS, "call": {"id": "call-1"}}}
            await http.post("/api/vapi/webhook", json=body, headers={"X-Vapi-Secret": "the secret"})
        noted = await line_with(process, "message")
        process.send_signal(signal.SIGTERM)
        rest = await process.stderr.read()
        assert await process.wait() == 0
    assert (noted["message_type"], noted["call_id"], noted["verified"]) == ("transcript", "call-1", True)
    assert "dropped" not in noted
    assert CALLERS_WORDS not in json.dumps(noted) + rest.decode()


async def test_it_names_every_setting_that_is_missing(tmp_path):
    missing = dict.fromkeys(ENVIRONMENT, "")
    environment = {name: value for name, value in os.environ.items() if name not in missing}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", cwd=tmp_path, stderr=PIPE, env=environment
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    for name in set(ENVIRONMENT) - {"LISTEN_ADDR"}:
        assert name in said.decode()


async def test_it_says_so_when_its_port_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        async with gateway(tmp_path, LISTEN_ADDR=address) as process:
            _, said = await process.communicate()
    assert process.returncode == 1
    assert f"LISTEN_ADDR: {address} cannot be listened on" in said.decode()
