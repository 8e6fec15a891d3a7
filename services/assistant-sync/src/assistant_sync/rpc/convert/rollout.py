"""Between the words of RolloutService and those of the domain."""

from uuid import UUID

from assistant_sync.domain.errors import MalformedPageToken, RolloutNotFound
from assistant_sync.domain.rollouts.rollout import Placed, Rollout, Target
from assistant_sync.rpc.convert.agent import pending_reason
from chassis.paging import Page
from switchboard.assistants.v1 import rollout_service_pb2 as pb

_LONGEST_TOKEN = 18
"""Digits; any number of so many is one that PostgreSQL can count to."""


def rollout_id(text: str) -> UUID:
    """Raises RolloutNotFound: what is no id is nobody's."""
    try:
        return UUID(text)
    except ValueError:
        raise RolloutNotFound from None


def rollout(found: Rollout) -> pb.Rollout:
    message = pb.Rollout(
        id=str(found.id),
        state=pb.Rollout.State.Value(found.state.name),
        backend_url=found.backend_url,
        previous_backend_url=found.previous_backend_url,
        waiting=found.waiting,
        pointed=found.pointed,
        failed=found.failed,
        at_previous_url=found.at_previous_url,
    )
    message.started_at.FromDatetime(found.started_at)
    if found.ended_at:
        message.ended_at.FromDatetime(found.ended_at)
    return message


def target(found: Target) -> pb.RolloutTarget:
    return pb.RolloutTarget(
        kind=pb.RolloutTarget.Kind.Value(found.kind.name),
        vapi_id=found.vapi_id,
        name=found.name,
        organization_id=str(found.tenant) if found.tenant else "",
        url_before=found.url_before or "",
        url_after=found.url_after,
        state=pb.RolloutTarget.State.Value(found.state.name),
        reason=pending_reason(found.reason),
    )


def place(token: str) -> int:
    """After which the asked page begins; -1 for the first. Raises MalformedPageToken."""
    if not token:
        return -1
    if not (token.isascii() and token.isdecimal() and len(token) <= _LONGEST_TOKEN):
        raise MalformedPageToken
    return int(token)


def page(shown: Page[Placed]) -> pb.ListRolloutTargetsResponse:
    return pb.ListRolloutTargetsResponse(
        targets=[target(placed.target) for placed in shown.items],
        next_page_token=str(shown.items[-1].place) if shown.more else "",
    )
