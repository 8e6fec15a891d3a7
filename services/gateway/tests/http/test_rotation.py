"""The platform's secret is replaced while Vapi goes on posting, and nothing is refused."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from pydantic import SecretStr

LINE = "+12065550142"
OLD, NEW = "the old secret of this deployment", "the new secret of this deployment"
BOTH = f"{NEW},{OLD}"
EVENT = {"message": {"type": "hang", "phoneNumber": {"number": LINE}}}


@pytest.fixture
def gateway_with(another_gateway):
    """A gateway with these secrets."""
    return lambda text: another_gateway(vapi_webhook_secret=SecretStr(text))


class Vapi:
    """Posts without a pause, each of its lines with the secret that it was given last, to whichever pod is there."""

    LINES = 6

    def __init__(self):
        self.pods = []
        self.secrets = [OLD] * self.LINES
        self.statuses = []
        self._posted = asyncio.Queue()
        self._posting = {}

    @asynccontextmanager
    async def posting(self):
        lines = [asyncio.create_task(self._post(line)) for line in range(self.LINES)]
        try:
            yield
        finally:
            for line in lines:
                line.cancel()
            await asyncio.wait(lines)
        assert not [line for line in lines if not line.cancelled()]

    async def _post(self, line):
        for number in range(1_000_000):
            pod = self.pods[(line + number) % len(self.pods)]
            self._posting[line] = pod
            response = await pod.post(EVENT, x_vapi_secret=self.secrets[line])
            self._posting[line] = None
            self.statuses.append(response.status_code)
            self._posted.put_nowait(line)

    async def answered(self, messages):
        """So many more have been."""
        for _ in range(self._posted.qsize()):
            self._posted.get_nowait()
        for _ in range(messages):
            await self._posted.get()

    async def stops_at(self, pod):
        while pod in self._posting.values():
            await self._posted.get()


async def test_replacing_the_platforms_secret_under_load_refuses_nothing(gateway_with):
    """As docs/administration.md says: both at the gateways, then the new one at Vapi, then the new one alone."""
    vapi = Vapi()
    async with AsyncExitStack() as ends:
        pods = [ends.enter_async_context(gateway_with(OLD)) for _ in range(2)]
        vapi.pods = [await pod for pod in pods]
        async with vapi.posting():
            await vapi.answered(20)
            for text in (BOTH, NEW):
                for position in range(2):
                    old, vapi.pods[position] = vapi.pods[position], await ends.enter_async_context(gateway_with(text))
                    await vapi.answered(20)
                    await vapi.stops_at(old)
                if text == BOTH:
                    for line in range(vapi.LINES):
                        vapi.secrets[line] = NEW
                        await vapi.answered(10)
    assert set(vapi.statuses) == {200}


async def test_it_is_counted_which_secret_is_shown_until_nobody_shows_the_old_one(gateway_with):
    async with gateway_with(BOTH) as gateway:
        for secret in (NEW, NEW, OLD):
            assert (await gateway.post(EVENT, x_vapi_secret=secret)).status_code == 200
        figures = (await gateway.http.get("/metrics")).text
    assert 'switchboard_gateway_verified_total{by="platform"} 2.0' in figures
    assert 'switchboard_gateway_verified_total{by="platform_former"} 1.0' in figures


async def test_a_secret_that_was_taken_out_is_refused(gateway_with):
    async with gateway_with(NEW) as gateway:
        assert (await gateway.post(EVENT, x_vapi_secret=OLD)).status_code == 401


@pytest.mark.parametrize("shown", ["the new secret", NEW[:-1], f"{OLD},{NEW}", ","])
async def test_parts_of_secrets_are_none(gateway_with, shown):
    async with gateway_with(BOTH) as gateway:
        assert (await gateway.post(EVENT, x_vapi_secret=shown)).status_code == 401
