"""A kept route takes less than a kilobyte."""

import tracemalloc
from datetime import UTC, datetime
from uuid import uuid4

from chassis.rpc.client import RpcClient
from switchboard.tenancy.v1.tenancy_service_pb2 import Finding, ResolveTenantRequest, ResolveTenantResponse
from tenancy_client import Changes, Evidence, Routes, TenancyClient

ENTRIES = 10_000


class FreshAnswers:
    """A stub that names a new organization each time, after the message has crossed a wire."""

    async def __call__(self, request: ResolveTenantRequest, **_how) -> ResolveTenantResponse:
        organization = str(uuid4())
        pieces = [
            (Finding.CALLED_NUMBER, request.called_number),
            *((Finding.PHONE_NUMBER_ID, value) for value in [request.phone_number_id, *request.other_phone_number_ids]),
            *((Finding.ASSISTANT_ID, value) for value in [request.assistant_id, *request.other_assistant_ids]),
            *((Finding.METADATA, value) for value in [request.metadata_org_id, *request.other_metadata_org_ids]),
        ]
        answer = ResolveTenantResponse(
            organization_id=organization,
            outcome=ResolveTenantResponse.RESOLVED,
            findings=[
                Finding(source=source, value=value, organization_id=organization, verdict=Finding.NAMES_ORGANIZATION)
                for source, value in pieces
                if value
            ],
            reason="called number, number id, assistant id and metadata name " + organization,
        )
        answer.holds_from.FromDatetime(datetime(2026, 1, 1, tzinfo=UTC))
        return ResolveTenantResponse.FromString(answer.SerializeToString())


def largest(number: int) -> Evidence:
    """As much as is kept: the pieces fill what evidence may take."""
    return Evidence(
        called_number=f"+1 (206) {number:07}",
        phone_number_ids=(str(uuid4()), str(uuid4())),
        assistant_ids=(str(uuid4()), str(uuid4())),
        metadata_org_ids=(str(uuid4()),),
    )


async def test_a_kept_route_takes_less_than_a_kilobyte(monkeypatch):
    rpc = RpcClient("127.0.0.1:1")
    tenancy = TenancyClient(rpc)
    monkeypatch.setattr(tenancy, "_resolve", FreshAnswers())
    routes = Routes(tenancy, Changes())
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(ENTRIES):
            routes.keep(await routes.whose(largest(number)))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        await rpc.close()
    assert len(routes) == ENTRIES
    assert (after - before) / ENTRIES < 1024
