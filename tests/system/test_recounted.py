"""The short form of `python -m tests.hammer.messages`, figures: they are what the messages that were sent add up to."""

import httpx

from switchboard_cli.stack.stack_file import StackFile
from tests.hammer.messages.analyst import recounted
from tests.hammer.messages.clinic import Clinic
from tests.system.administering import Desk


async def test_every_figure_is_what_the_messages_add_up_to(
    client: httpx.AsyncClient, desk: Desk, stack: StackFile
) -> None:
    clinic = await Clinic.opened(desk, stack.webhook_secret)

    outcome = await recounted(client, clinic, 60, seed=1)

    assert outcome.complaints == []
    assert outcome.compared > 400
