"""Whose call is it, asked as the gateway asks."""

from dataclasses import dataclass
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from structlog.testing import capture_logs

from chassis.database.engine import Database
from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.servers import served
from switchboard.tenancy.v1.phone_number_service_pb2 import (
    ListPhoneNumbersRequest,
    MapPhoneNumberRequest,
    MovePhoneNumberRequest,
    ReleasePhoneNumberRequest,
)
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import (
    Finding,
    RegisterAssistantRequest,
    ResolveTenantRequest,
    ResolveTenantResponse,
)
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from tenancy.app import DOMAIN, add_services

RESOLVED, CONTRADICTION, UNKNOWN, SUSPENDED = (
    ResolveTenantResponse.RESOLVED,
    ResolveTenantResponse.CONTRADICTION,
    ResolveTenantResponse.UNKNOWN,
    ResolveTenantResponse.SUSPENDED,
)


@dataclass(frozen=True, slots=True)
class Clinic:
    """An organization and all that names it."""

    tenant: TenantId
    number: str
    number_id: str
    assistant_id: str

    @property
    def id(self) -> str:
        return str(self.tenant)


@pytest.fixture
def tenancy(client):
    return client.stub(TenancyServiceStub)


@pytest.fixture
def new_clinic(client, tenancy, new_organization, new_number):
    numbers = client.stub(PhoneNumberServiceStub)

    async def create() -> Clinic:
        clinic = Clinic(await new_organization(), new_number(), str(uuid4()), str(uuid4()))
        line = MapPhoneNumberRequest(number=clinic.number, vapi_phone_number_id=clinic.number_id)
        with tenant_scope(clinic.tenant):
            await numbers.MapPhoneNumber(line, timeout=5)
            await tenancy.RegisterAssistant(RegisterAssistantRequest(vapi_assistant_id=clinic.assistant_id), timeout=5)
        return clinic

    return create


@pytest.fixture
async def lakeside(new_clinic) -> Clinic:
    return await new_clinic()


@pytest.fixture
async def harbor(new_clinic) -> Clinic:
    return await new_clinic()


@pytest.fixture
def resolve(tenancy):
    async def ask(**evidence: object) -> tuple[int, str]:
        answer = await tenancy.ResolveTenant(ResolveTenantRequest(**evidence), timeout=5)
        return answer.outcome, answer.organization_id

    return ask


async def test_each_kind_of_id_names_its_organization(resolve, lakeside):
    for evidence in (
        {"called_number": lakeside.number},
        {"called_number": f"sip:{lakeside.number}@sip.example.com"},
        {"phone_number_id": lakeside.number_id},
        {"phone_number_id": lakeside.number_id.upper()},
        {"assistant_id": lakeside.assistant_id},
        {"metadata_org_id": lakeside.id},
    ):
        assert await resolve(**evidence) == (RESOLVED, lakeside.id), evidence


async def test_all_evidence_together_names_the_organization(resolve, lakeside):
    outcome = await resolve(
        called_number=lakeside.number,
        phone_number_id=lakeside.number_id,
        assistant_id=lakeside.assistant_id,
        metadata_org_id=lakeside.id,
    )
    assert outcome == (RESOLVED, lakeside.id)


async def test_evidence_for_two_organizations_is_a_contradiction_and_names_neither(resolve, lakeside, harbor):
    for evidence in (
        {"called_number": lakeside.number, "assistant_id": harbor.assistant_id},
        {"phone_number_id": lakeside.number_id, "assistant_id": harbor.assistant_id},
        {"called_number": lakeside.number, "metadata_org_id": harbor.id},
        {"called_number": lakeside.number, "metadata_org_id": str(uuid4())},
        {"called_number": lakeside.number, "metadata_org_id": "harbor-clinic"},
        {"phone_number_id": lakeside.number_id, "other_phone_number_ids": [harbor.number_id]},
        {"assistant_id": lakeside.assistant_id, "other_assistant_ids": [harbor.assistant_id]},
        {"metadata_org_id": lakeside.id, "other_metadata_org_ids": [harbor.id]},
    ):
        assert await resolve(**evidence) == (CONTRADICTION, ""), evidence


async def test_ids_that_name_nobody_do_not_disturb_those_that_name_somebody(resolve, lakeside):
    outcome = await resolve(called_number="+19995550100", phone_number_id="nobody", assistant_id=lakeside.assistant_id)
    assert outcome == (RESOLVED, lakeside.id)


async def test_an_unknown_number_stays_unknown_whatever_the_metadata_says(resolve, lakeside):
    for number in ("+19995550100", "anonymous"):
        said = {"called_number": number, "phone_number_id": str(uuid4()), "metadata_org_id": lakeside.id}
        assert await resolve(**said) == (UNKNOWN, ""), number


@pytest.mark.parametrize("source", ["phone_number_id", "assistant_id"])
async def test_metadata_names_an_organization_beside_an_id_that_names_nobody(resolve, lakeside, source):
    """A web call has no number, but Vapi may still tell an id that nobody has told us of."""
    assert await resolve(**{source: str(uuid4())}, metadata_org_id=lakeside.id) == (RESOLVED, lakeside.id)


async def test_no_evidence_is_unknown(resolve):
    assert await resolve() == (UNKNOWN, "")


async def test_a_suspended_organization_resolves_by_its_ids_with_that_outcome(resolve, lakeside, service_database):
    connection = await asyncpg.connect(service_database.superuser_url)
    await connection.execute("UPDATE tenancy.organizations SET status = 'suspended' WHERE id = $1", lakeside.tenant)
    await connection.close()
    assert await resolve(called_number=lakeside.number) == (SUSPENDED, lakeside.id)
    assert await resolve(metadata_org_id=lakeside.id) == (UNKNOWN, "")


async def test_findings_tell_of_each_piece_of_evidence_in_the_order_of_the_requests_fields(tenancy, lakeside, harbor):
    request = ResolveTenantRequest(
        other_assistant_ids=[harbor.assistant_id],
        called_number=lakeside.number,
        assistant_id="front-desk",
        metadata_org_id=str(uuid4()),
    )
    answer = await tenancy.ResolveTenant(request, timeout=5)
    assert list(answer.findings) == [
        finding(Finding.CALLED_NUMBER, Finding.NAMES_ORGANIZATION, lakeside.number, lakeside.id),
        finding(Finding.ASSISTANT_ID, Finding.MALFORMED),
        finding(Finding.METADATA, Finding.NAMES_NOBODY, request.metadata_org_id),
        finding(Finding.ASSISTANT_ID, Finding.NAMES_ORGANIZATION, harbor.assistant_id, harbor.id),
    ]


def finding(source: int, verdict: int, value: str = "", organization_id: str = "") -> Finding:
    return Finding(source=source, verdict=verdict, value=value, organization_id=organization_id)


async def test_a_reason_tells_people_which_evidence_names_whom(tenancy, lakeside):
    said = {"called_number": lakeside.number, "phone_number_id": str(uuid4()), "assistant_id": "front-desk"}
    answer = await tenancy.ResolveTenant(ResolveTenantRequest(**said), timeout=5)
    assert answer.reason == (
        f"called_number names {lakeside.id}; phone_number_id names nobody; assistant_id is malformed"
    )


class TestSinceWhen:
    """An answer is the same for every call from `holds_from` on, and may have been another before."""

    @pytest.fixture
    def ask(self, tenancy):
        async def asked(**evidence: object) -> ResolveTenantResponse:
            return await tenancy.ResolveTenant(ResolveTenantRequest(**evidence), timeout=5)

        return asked

    @pytest.fixture
    def numbers(self, client):
        return client.stub(PhoneNumberServiceStub)

    @pytest.fixture
    async def moved(self, numbers, lakeside, harbor) -> Timestamp:
        """When lakeside's number became harbor's."""
        with tenant_scope(harbor.tenant):
            move = MovePhoneNumberRequest(number=lakeside.number, from_organization_id=lakeside.id)
            return (await numbers.MovePhoneNumber(move, timeout=5)).phone_number.held_from

    async def test_what_never_changed_always_held(self, ask, lakeside):
        answer = await ask(
            called_number=lakeside.number,
            phone_number_id=lakeside.number_id,
            assistant_id=lakeside.assistant_id,
            metadata_org_id=lakeside.id,
        )
        assert not answer.HasField("holds_from")

    @pytest.mark.parametrize("evidence", ["called_number", "phone_number_id"])
    async def test_a_number_that_moved_is_its_new_organizations_from_then_on(
        self, ask, lakeside, harbor, moved, evidence
    ):
        said = {evidence: lakeside.number if evidence == "called_number" else lakeside.number_id}
        before = Timestamp()
        before.FromMicroseconds(moved.ToMicroseconds() - 1)
        answers = [await ask(**said), await ask(**said, at=moved), await ask(**said, at=before)]
        assert [answer.organization_id for answer in answers] == [harbor.id, harbor.id, lakeside.id]
        assert [answer.holds_from for answer in answers] == [moved] * 3

    async def test_a_number_that_was_released_is_nobodys_from_then_on(self, ask, numbers, lakeside):
        with tenant_scope(lakeside.tenant):
            (held,) = (await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=5)).phone_numbers
            released = (await numbers.ReleasePhoneNumber(ReleasePhoneNumberRequest(id=held.id), timeout=5)).phone_number
        answer = await ask(called_number=lakeside.number)
        assert (answer.outcome, answer.holds_from) == (UNKNOWN, released.held_until)
        assert (await ask(called_number=lakeside.number, at=Timestamp(seconds=1))).organization_id == lakeside.id

    async def test_a_change_of_what_names_nobody_now_counts_too(self, ask, numbers, lakeside, harbor):
        with tenant_scope(lakeside.tenant):
            (held,) = (await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=5)).phone_numbers
            released = (await numbers.ReleasePhoneNumber(ReleasePhoneNumberRequest(id=held.id), timeout=5)).phone_number
        answer = await ask(called_number=lakeside.number, assistant_id=harbor.assistant_id)
        assert (answer.organization_id, answer.holds_from) == (harbor.id, released.held_until)

    async def test_a_change_that_is_yet_to_come_does_not_count(self, ask, service_database, lakeside):
        connection = await asyncpg.connect(service_database.superuser_url)
        planned = "UPDATE tenancy.phone_number_mapping SET held = '(,9000-01-01)' WHERE org_id = $1"
        await connection.execute(planned, lakeside.tenant)
        await connection.close()
        answer = await ask(called_number=lakeside.number)
        assert (answer.organization_id, answer.HasField("holds_from")) == (lakeside.id, False)


@pytest.mark.parametrize("text", ["\x00", "'; drop table organizations --", "é" * 100_000, "{}", " "])
async def test_no_text_in_any_field_is_more_than_malformed(tenancy, text):
    request = ResolveTenantRequest(
        called_number=text, phone_number_id=text, assistant_id=text, metadata_org_id=text, other_assistant_ids=[text]
    )
    answer = await tenancy.ResolveTenant(request, timeout=5)
    assert answer.outcome == UNKNOWN
    assert {finding.verdict for finding in answer.findings} == {Finding.MALFORMED}


@pytest.mark.parametrize("seconds", [0, 1, -62135596800, 253402300799, 2**62, -(2**62)])
@pytest.mark.parametrize("nanos", [0, -1, 2_000_000_000])
async def test_the_first_owner_holds_a_number_at_every_instant(resolve, lakeside, seconds, nanos):
    at = Timestamp(seconds=seconds, nanos=nanos)
    assert await resolve(called_number=lakeside.number, at=at) == (RESOLVED, lakeside.id)


async def test_registering_an_assistant_again_changes_nothing(tenancy, resolve, lakeside):
    with tenant_scope(lakeside.tenant):
        await tenancy.RegisterAssistant(RegisterAssistantRequest(vapi_assistant_id=lakeside.assistant_id), timeout=5)
    assert await resolve(assistant_id=lakeside.assistant_id) == (RESOLVED, lakeside.id)


async def test_another_organizations_assistant_is_taken_and_stays_its_own(tenancy, resolve, lakeside, harbor):
    with tenant_scope(harbor.tenant), pytest.raises(RemoteError) as refusal:
        await tenancy.RegisterAssistant(RegisterAssistantRequest(vapi_assistant_id=lakeside.assistant_id), timeout=5)
    taken = refusal.value
    assert (taken.kind, taken.reason, taken.metadata) == (Kind.CONFLICT, "ASSISTANT_TAKEN", {})
    assert await resolve(assistant_id=lakeside.assistant_id) == (RESOLVED, lakeside.id)


async def test_an_assistant_id_that_is_no_uuid_is_refused(tenancy, lakeside):
    with tenant_scope(lakeside.tenant), pytest.raises(RemoteError) as refusal:
        await tenancy.RegisterAssistant(RegisterAssistantRequest(vapi_assistant_id="front-desk"), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.INVALID, "MALFORMED_ASSISTANT_ID")


async def test_an_organization_that_does_not_exist_registers_no_assistant(tenancy):
    with tenant_scope(TenantId(uuid4())), pytest.raises(RemoteError) as refusal:
        await tenancy.RegisterAssistant(RegisterAssistantRequest(vapi_assistant_id=str(uuid4())), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.NOT_FOUND, "ORGANIZATION_NOT_FOUND")


async def test_without_an_organization_no_assistant_is_registered(tenancy):
    with pytest.raises(RemoteError) as refusal:
        await tenancy.RegisterAssistant(RegisterAssistantRequest(vapi_assistant_id=str(uuid4())), timeout=5)
    assert (refusal.value.kind, refusal.value.reason) == (Kind.PRECONDITION, "NO_TENANT")


async def test_a_database_that_is_away_makes_resolution_unavailable_not_unknown(sealer):
    """Unknown would be quarantined as an answer; unavailable is asked again."""
    away = Database("postgresql://tenancy_app:secret@127.0.0.1:1/switchboard")
    async with served(lambda server: add_services(server, away, sealer), domain=DOMAIN) as connected:
        request = ResolveTenantRequest(called_number="+14155550100")
        # Captured: structlog's default for developers takes seconds to draw an exception.
        with capture_logs(), pytest.raises(RemoteError) as fault:
            await connected.stub(TenancyServiceStub).ResolveTenant(request, timeout=5)
    assert fault.value.kind is Kind.UNAVAILABLE
