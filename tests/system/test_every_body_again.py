"""The short form of `python -m tests.hammer.messages`, deliveries."""

import httpx

from switchboard_cli.stack.stack_file import StackFile
from tests.hammer.messages.clinic import Clinic
from tests.hammer.messages.deliveries import delivered
from tests.system.administering import Desk


async def test_every_body_three_times_at_once_and_in_any_order_ends_in_the_same_state_and_answers(
    client: httpx.AsyncClient, desk: Desk, stack: StackFile
) -> None:
    outcome = await delivered(client, lambda: Clinic.opened(desk, stack.webhook_secret), range(3))

    assert "\n".join(outcome.complaints) == ""
    assert set(outcome.statuses) == {200}
