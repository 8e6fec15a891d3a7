import httpx
import pytest

from switchboard_cli.vapi_simulator.app import create_simulator

API_KEY = "the-private-key"


@pytest.fixture
def start(tmp_path):
    """Starts a simulator on the one state file of this test, as often as wanted, and gives it with its client."""

    def start_simulator():
        simulator = create_simulator(api_key=API_KEY, state_file=tmp_path / "vapi.json")
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(simulator.app),
            base_url="http://vapi.test",
            headers={"Authorization": f"Bearer {API_KEY}"},
        )
        return simulator, client

    return start_simulator


@pytest.fixture
def started(start):
    return start()


@pytest.fixture
def simulator(started):
    return started[0]


@pytest.fixture
async def vapi(started):
    async with started[1] as client:
        yield client
