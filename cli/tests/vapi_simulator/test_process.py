import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx

from chassis.testing.ports import held_port

KEY = "the-private-key"
PATIENCE_SECONDS = 60


@contextmanager
def running(*arguments):
    with held_port() as port:
        address = f"127.0.0.1:{port}"
        command = [sys.executable, "-m", "switchboard_cli.vapi_simulator", "--listen", address, *arguments]
        environment = {**os.environ, "VAPI_PRIVATE_KEY": KEY}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            authorization = {"Authorization": f"Bearer {KEY}"}
            with httpx.Client(base_url=f"http://{address}", headers=authorization, timeout=PATIENCE_SECONDS) as vapi:
                _wait_until_up(vapi, process)
                yield process, vapi
        finally:
            process.kill()
            process.communicate()


def _wait_until_up(vapi, process):
    given_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < given_up_at:
        assert process.poll() is None, process.communicate()[1]
        try:
            vapi.get("/_simulator/health")
        except httpx.ConnectError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the simulator did not come up")


def test_the_process_logs_requests_without_bodies_and_stops_on_sigterm():
    """One line a request; neither the body, nor the query, nor the key is in it."""
    with running() as (process, vapi):
        vapi.post("/assistant", json={"name": "planted-name"})
        vapi.get("/assistant?createdAtLt=2026-01-01T00:00:00Z")

        process.send_signal(signal.SIGTERM)
        log = process.communicate(timeout=PATIENCE_SECONDS)[1]

    assert process.returncode in (0, -signal.SIGTERM)
    assert "POST /assistant 201" in log
    assert "GET /assistant 200" in log
    assert "Traceback" not in log
    assert not any(secret in log for secret in ("planted-name", "2026-01-01", KEY))


def test_a_killed_process_comes_back_with_its_assistants(tmp_path):
    state = ("--state-file", str(tmp_path / "vapi.json"))
    with running(*state) as (process, vapi):
        item = vapi.post("/assistant", json={"name": "A"}).json()
        process.kill()
        process.wait()

    with running(*state) as (_, vapi):
        assert vapi.get("/assistant").json() == [item]


def test_without_a_key_it_does_not_start():
    environment = {name: value for name, value in os.environ.items() if name != "VAPI_PRIVATE_KEY"}
    ended = subprocess.run(
        [sys.executable, "-m", "switchboard_cli.vapi_simulator"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert "VAPI_PRIVATE_KEY is not set" in ended.stderr
