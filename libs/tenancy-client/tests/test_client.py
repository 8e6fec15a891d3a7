"""What is asked, and what is made of the answer."""

import ast
import asyncio
import textwrap
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest

import tenancy_client
from chassis.deadline import deadline_scope
from chassis.testing.servers import served
from switchboard.tenancy.v1 import tenancy_service_pb2_grpc
from switchboard.tenancy.v1.tenancy_service_pb2 import Finding, ResolveTenantResponse
from tenancy_client import Evidence, Outcome, Source, TenancyClient

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
STARTED_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


class Tenancy(tenancy_service_pb2_grpc.TenancyServiceServicer):
    def __init__(self):
        self.asked = []
        self.answer = ResolveTenantResponse()

    async def ResolveTenant(self, request, _context):  # noqa: N802
        self.asked.append(request)
        return self.answer


def add(tenancy):
    return lambda server: server.add(
        "switchboard.tenancy.v1.TenancyService", tenancy, tenancy_service_pb2_grpc.add_TenancyServiceServicer_to_server
    )


@pytest.fixture
def tenancy():
    return Tenancy()


@pytest.fixture
async def rpc(tenancy):
    async with served(add(tenancy), domain="tenancy.switchboard") as rpc:
        yield rpc


@pytest.fixture
def clinics_line(tenancy):
    tenancy.answer = ResolveTenantResponse(
        organization_id=CLINIC,
        outcome=ResolveTenantResponse.RESOLVED,
        findings=[
            Finding(
                source=Finding.CALLED_NUMBER,
                value="+12065550142",
                organization_id=CLINIC,
                verdict=Finding.NAMES_ORGANIZATION,
            ),
            Finding(source=Finding.ASSISTANT_ID, value="an assistant", verdict=Finding.NAMES_NOBODY),
        ],
        reason="the number names it",
    )


async def test_every_piece_is_asked_about(rpc, tenancy):
    evidence = Evidence(
        called_number="+12065550142",
        phone_number_ids=("n1", "n2"),
        assistant_ids=("a1", "a2", "a3"),
        metadata_org_ids=("o1",),
        at=STARTED_AT,
    )
    await TenancyClient(rpc).whose(evidence, timeout=5)
    [asked] = tenancy.asked
    assert (asked.called_number, asked.at.ToDatetime(UTC)) == ("+12065550142", STARTED_AT)
    assert (asked.phone_number_id, list(asked.other_phone_number_ids)) == ("n1", ["n2"])
    assert (asked.assistant_id, list(asked.other_assistant_ids)) == ("a1", ["a2", "a3"])
    assert (asked.metadata_org_id, list(asked.other_metadata_org_ids)) == ("o1", [])


async def test_without_an_instant_now_is_meant(rpc, tenancy):
    await TenancyClient(rpc).whose(Evidence(called_number="+12065550142"), timeout=5)
    assert not tenancy.asked[0].HasField("at")


async def test_the_answer_says_whose_it_is_and_what_decided(rpc, clinics_line):
    whose = await TenancyClient(rpc).whose(Evidence(called_number="+12065550142"), timeout=5)
    assert (whose.outcome, whose.organization) == (Outcome.RESOLVED, UUID(CLINIC))
    assert whose.decided_by == (Source.CALLED_NUMBER,)
    assert [(finding.source, finding.organization) for finding in whose.findings] == [
        (Source.CALLED_NUMBER, UUID(CLINIC)),
        (Source.ASSISTANT_ID, None),
    ]
    assert (whose.reason, whose.holds_from) == ("the number names it", None)


async def test_the_answer_says_since_when_it_holds(rpc, tenancy, clinics_line):
    tenancy.answer.holds_from.FromDatetime(STARTED_AT)
    whose = await TenancyClient(rpc).whose(Evidence(), timeout=5)
    assert whose.holds_from == STARTED_AT


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (ResolveTenantResponse.UNKNOWN, Outcome.UNKNOWN),
        (ResolveTenantResponse.CONTRADICTION, Outcome.CONTRADICTION),
        (99, Outcome.UNKNOWN),
    ],
)
async def test_what_names_nobody_is_an_outcome(rpc, tenancy, said, outcome):
    tenancy.answer = ResolveTenantResponse(outcome=said, findings=[Finding(source=99, value="new")])
    whose = await TenancyClient(rpc).whose(Evidence(), timeout=5)
    assert (whose.outcome, whose.organization, whose.findings[0].source) == (outcome, None, Source.OTHER)


async def test_the_example_in_the_packages_documentation_runs(rpc, clinics_line, capsys):
    code = "rpc" + tenancy_client.__doc__.partition("\n\n    rpc")[2].partition("\n\nWhoever")[0]
    names = {name: getattr(tenancy_client, name) for name in tenancy_client.__all__} | {
        "asyncio": asyncio,
        "RpcClient": lambda *_, **__: rpc,
        "deadline_scope": deadline_scope,
        "settings": SimpleNamespace(tenancy_addr="", service_token_file=None),
        "call_started_at": STARTED_AT,
    }
    program = compile(textwrap.dedent("    " + code), "example", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    await eval(program, names)  # noqa: S307  # our own documentation
    names["watching"].cancel()
    assert capsys.readouterr().out.strip().endswith(CLINIC)
