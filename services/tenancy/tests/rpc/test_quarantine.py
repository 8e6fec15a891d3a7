"""Messages of which nobody knows whose they are, kept and handed out over real gRPC from a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.errors import Kind, RemoteError
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase
from chassis.testing.servers import ClientOf, served_to_callers
from switchboard.tenancy.v1 import quarantine_service_pb2 as pb
from switchboard.tenancy.v1.audit_service_pb2 import AuditEntry, ListAuditEntriesRequest
from switchboard.tenancy.v1.audit_service_pb2_grpc import AuditServiceStub
from switchboard.tenancy.v1.organization_service_pb2 import CreateOrganizationRequest
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2 import MapPhoneNumberRequest
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard.tenancy.v1.quarantine_service_pb2_grpc import QuarantineServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import (
    RegisterAssistantRequest,
    ResolveTenantRequest,
    ResolveTenantResponse,
)
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from tenancy.app import DOMAIN, add_services

LINE, OTHER_LINE = "+12065550142", "+12065550143"
SECONDS = 5.0
LEASE = 60
State = pb.QuarantinedMessage.State
ARRIVED = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)


class Room:
    """The verbs of quarantine as the gateway has them, and what an administrator does meanwhile."""

    def __init__(self, client_of: ClientOf, superuser: asyncpg.Connection) -> None:
        self.superuser = superuser
        gateway = client_of("gateway")
        self._quarantine = gateway.stub(QuarantineServiceStub)
        self._numbers = gateway.stub(PhoneNumberServiceStub)
        self._organizations = gateway.stub(OrganizationServiceStub)
        self._audit = gateway.stub(AuditServiceStub)
        self._assistants = client_of("assistant-sync").stub(TenancyServiceStub)

    async def keep(self, body: bytes = b"", *, line: str = LINE, recordable: bool = True, **said: Any) -> str:
        """Another body each time unless one is given; received just now unless it is said."""
        evidence = said.pop("evidence", None) or ResolveTenantRequest(called_number=line)
        said.setdefault("message_type", "end-of-call-report" if recordable else "tool-calls")
        said.setdefault("outcome", ResolveTenantResponse.UNKNOWN)
        said["received_at"] = instant(said.pop("at", datetime.now(UTC)))
        request = pb.QuarantineMessageRequest(
            body=body or uuid4().bytes, evidence=evidence, recordable=recordable, **said
        )
        kept: str = (await self._quarantine.QuarantineMessage(request, timeout=SECONDS)).id
        return kept

    async def listed(self, **page: Any) -> pb.ListQuarantinedMessagesResponse:
        listed: pb.ListQuarantinedMessagesResponse = await self._quarantine.ListQuarantinedMessages(
            pb.ListQuarantinedMessagesRequest(**page), timeout=SECONDS
        )
        return listed

    async def ids(self) -> list[str]:
        return [message.id for message in (await self.listed(page_size=200)).messages]

    async def read(self, message_id: str) -> pb.ReadQuarantinedMessageResponse:
        read: pb.ReadQuarantinedMessageResponse = await self._quarantine.ReadQuarantinedMessage(
            pb.ReadQuarantinedMessageRequest(id=message_id), timeout=SECONDS
        )
        return read

    async def claim(self, *, limit: int = 0, lease: int = LEASE) -> list[str]:
        return [claimed.message.id for claimed in await self.claimed(limit=limit, lease=lease)]

    async def claimed(self, *, limit: int = 0, lease: int = LEASE) -> list[pb.ClaimQuarantinedMessagesResponse.Claimed]:
        request = pb.ClaimQuarantinedMessagesRequest(limit=limit, lease_seconds=lease)
        return list((await self._quarantine.ClaimQuarantinedMessages(request, timeout=SECONDS)).claimed)

    async def finish(self, message_id: str, organization: object = "") -> None:
        request = pb.FinishQuarantinedMessageRequest(id=message_id, organization_id=str(organization))
        await self._quarantine.FinishQuarantinedMessage(request, timeout=SECONDS)

    async def organization(self) -> TenantId:
        made = await self._organizations.CreateOrganization(
            CreateOrganizationRequest(name="Lakeside Dental", timezone="America/Chicago"), timeout=SECONDS
        )
        return TenantId(made.organization.id)

    async def map(self, tenant: TenantId, number: str, **said: str) -> None:
        with tenant_scope(tenant):
            await self._numbers.MapPhoneNumber(MapPhoneNumberRequest(number=number, **said), timeout=SECONDS)

    async def register(self, tenant: TenantId, assistant_id: str) -> None:
        with tenant_scope(tenant):
            request = RegisterAssistantRequest(vapi_assistant_id=assistant_id)
            await self._assistants.RegisterAssistant(request, timeout=SECONDS)

    async def audit(self, action: str) -> list[AuditEntry]:
        entries = (await self._audit.ListAuditEntries(ListAuditEntriesRequest(page_size=200), timeout=SECONDS)).entries
        return [entry for entry in entries if entry.action == action]

    async def end_leases(self) -> None:
        await self.superuser.execute(
            "UPDATE tenancy.quarantined_messages SET leased_until = now() - interval '1 s' WHERE leased_until > now()"
        )

    async def age(self, message_id: str, by: timedelta) -> None:
        await self.superuser.execute(
            "UPDATE tenancy.quarantined_messages SET expires_at = expires_at - $2::interval WHERE id = $1",
            message_id,
            by,
        )


def instant(moment: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(moment)
    return message


@pytest.fixture(scope="module")
def own_database(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    """No other module's messages are in it."""
    with provide_database("tenancy") as provided:
        yield provided


@pytest.fixture(scope="module")
async def connect(own_database: ServiceDatabase, sealer: Sealer) -> AsyncIterator[ClientOf]:
    database = Database(own_database.app_url)
    async with served_to_callers(lambda server: add_services(server, database, sealer), domain=DOMAIN) as connect:
        yield connect
    await database.close()


@pytest.fixture
async def room(own_database: ServiceDatabase, connect: ClientOf) -> AsyncIterator[Room]:
    superuser = await asyncpg.connect(own_database.superuser_url)
    await superuser.execute("TRUNCATE tenancy.quarantined_messages, tenancy.phone_number_mapping")
    yield Room(connect, superuser)
    await superuser.close()


class TestKeeping:
    async def test_a_message_can_be_read_as_it_was_received(self, room: Room):
        body = b'{"message": {"type": "end-of-call-report", "summary": "Ana Exempla, a toothache"}}'
        evidence = ResolveTenantRequest(
            called_number=LINE,
            phone_number_id="pn-1",
            other_phone_number_ids=["pn-2"],
            metadata_org_id="o-1",
            other_assistant_ids=["a-2"],
            at=instant(ARRIVED),
        )
        kept = await room.keep(body, evidence=evidence, call_id="call-1")

        read = await room.read(kept)

        evidence.assistant_id = evidence.other_assistant_ids.pop()
        assert (read.body, read.message.evidence, read.message.call_id) == (body, evidence, "call-1")
        assert read.message.state == State.WAITING

    async def test_the_same_body_again_is_the_same_message(self, room: Room):
        body = b"the same"
        assert await room.keep(body) == await room.keep(body)
        assert len(await room.ids()) == 1

    async def test_of_the_same_body_at_the_same_time_there_is_one_message(self, room: Room):
        assert len(set(await asyncio.gather(*(room.keep(b"the same") for _ in range(8))))) == 1

    async def test_nothing_of_a_body_is_in_the_table(self, room: Room):
        kept = await room.keep(b"a toothache")
        (row,) = await room.superuser.fetch("SELECT t::text FROM tenancy.quarantined_messages t WHERE id = $1", kept)
        assert b"a toothache".hex() not in row["t"]
        assert "toothache" not in row["t"]

    async def test_a_body_that_is_copied_to_another_row_cannot_be_read(self, room: Room):
        kept, other = await room.keep(), await room.keep()
        await room.superuser.execute(
            "UPDATE tenancy.quarantined_messages SET sealed_body ="
            " (SELECT sealed_body FROM tenancy.quarantined_messages WHERE id = $1) WHERE id = $2",
            kept,
            other,
        )
        with pytest.raises(RemoteError) as refused:
            await room.read(other)
        assert refused.value.reason == "SEALED_WITH_UNKNOWN_KEY"
        assert other not in {entry.subject for entry in await room.audit("quarantined_message.read")}

    async def test_evidence_that_a_database_cannot_hold_stays_malformed(self, room: Room):
        assistant = str(uuid4())
        kept = await room.keep(evidence=ResolveTenantRequest(assistant_id=f"{assistant}\0", called_number="\0"))
        await room.register(await room.organization(), assistant)
        assert (await room.claim(), await room.ids()) == ([], [kept])

    async def test_a_message_of_the_future_came_now(self, room: Room):
        before = datetime.now(UTC)
        await room.keep(at=before + timedelta(days=400))
        (listed,) = (await room.listed()).messages
        assert listed.received_at.ToDatetime(UTC) < before + timedelta(hours=1)
        assert listed.expires_at.ToDatetime(UTC) - listed.received_at.ToDatetime(UTC) == timedelta(days=14)


class TestContradictions:
    async def test_are_told_to_the_audit_log_with_whom_the_evidence_names(self, room: Room):
        one, other = await room.organization(), await room.organization()
        await room.map(one, LINE)
        evidence = ResolveTenantRequest(called_number=LINE, metadata_org_id=str(other))

        kept = await room.keep(evidence=evidence, outcome=ResolveTenantResponse.CONTRADICTION, call_id="call-1")

        entry = next(one for one in await room.audit("message.contradicted") if one.subject == kept)
        assert entry.details["evidence"] == f"called_number names {one}; metadata names {other}"
        assert (entry.organization_id, entry.caller, entry.details["call_id"]) == ("", "gateway", "call-1")

    async def test_are_told_once_for_each_message(self, room: Room):
        for _ in range(2):
            kept = await room.keep(b"the same", outcome=ResolveTenantResponse.CONTRADICTION)
        told = [entry for entry in await room.audit("message.contradicted") if entry.subject == kept]
        assert len(told) == 1

    async def test_are_not_what_is_merely_unknown(self, room: Room):
        kept = await room.keep()
        assert kept not in {entry.subject for entry in await room.audit("message.contradicted")}


class TestLooking:
    async def test_lists_the_oldest_first_in_pages(self, room: Room):
        kept = [await room.keep() for _ in range(5)]
        listed, token = [], ""
        for _ in range(3):
            page = await room.listed(page_size=2, page_token=token)
            listed.append([message.id for message in page.messages])
            token = page.next_page_token
        assert (listed, token) == ([kept[:2], kept[2:4], kept[4:]], "")

    async def test_goes_on_after_a_message_that_is_gone(self, room: Room):
        kept = [await room.keep() for _ in range(3)]
        token = (await room.listed(page_size=2)).next_page_token
        await room.superuser.execute("DELETE FROM tenancy.quarantined_messages WHERE id = $1", kept[1])
        assert [message.id for message in (await room.listed(page_token=token)).messages] == kept[2:]

    async def test_refuses_a_page_token_of_somebody_else(self, room: Room):
        with pytest.raises(RemoteError) as refused:
            await room.listed(page_token="mine")
        assert refused.value.reason == "MALFORMED_PAGE_TOKEN"

    async def test_is_recorded_where_it_is_reading(self, room: Room):
        kept = await room.keep()
        await room.listed()
        assert kept not in {entry.subject for entry in await room.audit("quarantined_message.read")}
        await room.read(kept)
        assert kept in {entry.subject for entry in await room.audit("quarantined_message.read")}

    @pytest.mark.parametrize("nobody", ["", "17", "6f7e6735-ca62-42d6-af42-05665772bb2e"])
    async def test_finds_nothing_of_an_id_that_is_nobodys(self, room: Room, nobody: str):
        with pytest.raises(RemoteError) as refused:
            await room.read(nobody)
        assert (refused.value.kind, refused.value.reason) == (Kind.NOT_FOUND, "QUARANTINED_MESSAGE_NOT_FOUND")


class TestExpiry:
    AGE = timedelta(days=14, seconds=1)

    async def test_what_has_expired_is_not_shown(self, room: Room):
        kept = await room.keep()
        await room.age(kept, self.AGE)
        assert await room.ids() == []
        with pytest.raises(RemoteError) as refused:
            await room.read(kept)
        assert refused.value.reason == "QUARANTINED_MESSAGE_NOT_FOUND"

    async def test_what_has_expired_is_not_handed_out(self, room: Room):
        kept = await room.keep()
        await room.map(await room.organization(), LINE)
        await room.age(kept, self.AGE)
        assert await room.claim() == []

    async def test_what_has_expired_is_kept_anew_if_it_comes_again(self, room: Room):
        kept = await room.keep(b"the same")
        await room.age(kept, self.AGE)
        assert await room.keep(b"the same") != kept


class TestClaiming:
    async def test_hands_out_nothing_while_nobody_holds_the_line(self, room: Room):
        await room.keep()
        assert await room.claim() == []

    async def test_hands_out_a_line_that_was_mapped_in_the_order_of_arrival(self, room: Room):
        third, first, second = [await room.keep(at=ARRIVED + timedelta(minutes=after)) for after in (3, 1, 2)]
        await room.map(await room.organization(), LINE)
        assert await room.claim() == [first, second, third]

    async def test_hands_out_the_bodies(self, room: Room):
        await room.keep(b"what was said")
        await room.map(await room.organization(), LINE)
        assert [claimed.body for claimed in await room.claimed()] == [b"what was said"]

    async def test_never_hands_out_mere_evidence(self, room: Room):
        await room.keep(recordable=False)
        await room.map(await room.organization(), LINE)
        assert await room.claim() == []

    @pytest.mark.parametrize("kind", ["phone_number_id", "assistant_id", "metadata_org_id"])
    async def test_hands_out_what_any_evidence_names_now(self, room: Room, kind: str):
        organization = await room.organization()
        value = str(organization) if kind == "metadata_org_id" else str(uuid4())
        kept = await room.keep(evidence=ResolveTenantRequest(**{kind: value}))
        if kind == "phone_number_id":
            await room.map(organization, OTHER_LINE, vapi_phone_number_id=value)
        elif kind == "assistant_id":
            await room.register(organization, value)
        assert await room.claim() == [kept]

    async def test_does_not_take_a_claim_for_the_name_of_a_numbers_holder(self, room: Room):
        organization = await room.organization()
        await room.keep(evidence=ResolveTenantRequest(called_number=LINE, metadata_org_id=str(organization)))
        assert await room.claim() == []

    async def test_hands_out_one_line_at_a_time(self, room: Room):
        one = await room.keep(line=LINE)
        other = await room.keep(line=OTHER_LINE)
        organization = await room.organization()
        await room.map(organization, LINE)
        await room.map(organization, OTHER_LINE)
        assert [await room.claim(), await room.claim(), await room.claim()] == [[one], [other], []]

    async def test_hands_nobody_else_the_rest_of_a_leased_line(self, room: Room):
        for _ in range(3):
            await room.keep()
        await room.map(await room.organization(), LINE)
        assert len(await room.claim(limit=1)) == 1
        assert await room.claim(limit=1) == []

    async def test_gives_a_line_to_one_of_many_who_claim_at_once(self, room: Room):
        lines = [f"+1206555{number:04d}" for number in range(6)]
        kept = {line: [await room.keep(line=line) for _ in range(3)] for line in lines}
        organization = await room.organization()
        for line in lines:
            await room.map(organization, line)

        claims = await asyncio.gather(*(room.claim(limit=2) for _ in range(10)))

        assert sorted(claim for claim in claims if claim) == sorted(messages[:2] for messages in kept.values())

    async def test_hands_out_again_what_was_not_finished_in_time(self, room: Room):
        kept = await room.keep()
        await room.map(await room.organization(), LINE)
        await room.claim()
        await room.end_leases()
        assert await room.claim() == [kept]

    async def test_goes_on_with_the_line_once_all_is_finished(self, room: Room):
        first, second = await room.keep(), await room.keep()
        organization = await room.organization()
        await room.map(organization, LINE)
        assert await room.claim(limit=1) == [first]
        await room.finish(first, organization)
        assert await room.claim(limit=1) == [second]

    async def test_does_not_hand_out_more_than_one_answer_can_carry(self, room: Room):
        large = [await room.keep(bytes([number]) * 1_500_000) for number in range(3)]
        await room.map(await room.organization(), LINE)
        assert await room.claim() == large[:1]

    async def test_counts_from_when_the_call_began(self, room: Room):
        """A number that was held once has a history: its next holder's begins now."""
        await room.map(await room.organization(), LINE)
        await room.superuser.execute(
            "UPDATE tenancy.phone_number_mapping SET held = tstzrange($1, NULL)", ARRIVED + timedelta(hours=1)
        )
        before = await room.keep(at=ARRIVED)
        began_before = await room.keep(
            at=ARRIVED + timedelta(hours=2), evidence=ResolveTenantRequest(called_number=LINE, at=instant(ARRIVED))
        )
        after = await room.keep(at=ARRIVED + timedelta(hours=2))
        assert before != began_before
        assert await room.claim() == [after]

    @pytest.mark.parametrize("line", [LINE, OTHER_LINE])
    async def test_passes_over_what_cannot_be_opened_and_goes_on(self, room: Room, line: str):
        spoilt, kept = await room.keep(line=LINE), await room.keep(line=line)
        await room.superuser.execute(
            "UPDATE tenancy.quarantined_messages SET sealed_body = 'spoilt' WHERE id = $1", spoilt
        )
        organization = await room.organization()
        await room.map(organization, LINE)
        await room.map(organization, OTHER_LINE)
        assert await room.claim(limit=1) == [kept]


class TestFinishing:
    @pytest.fixture
    async def claimed(self, room: Room) -> tuple[str, TenantId]:
        kept, organization = await room.keep(b"the body"), await room.organization()
        await room.map(organization, LINE)
        assert await room.claim() == [kept]
        return kept, organization

    async def test_a_delivered_message_has_an_organization_and_no_body(self, room: Room, claimed: tuple[str, TenantId]):
        kept, organization = claimed
        await room.finish(kept, organization)
        read = await room.read(kept)
        assert (read.message.state, read.message.organization_id, read.body) == (
            State.DELIVERED,
            str(organization),
            b"",
        )

    async def test_a_delivered_message_is_not_handed_out_again(self, room: Room, claimed: tuple[str, TenantId]):
        kept, organization = claimed
        await room.finish(kept, organization)
        await room.map(organization, OTHER_LINE)
        await room.end_leases()
        assert await room.claim() == []

    async def test_a_delivered_message_is_known_if_it_comes_again(self, room: Room, claimed: tuple[str, TenantId]):
        kept, organization = claimed
        await room.finish(kept, organization)
        assert await room.keep(b"the body") == kept
        assert await room.claim() == []

    async def test_what_is_still_nobodys_waits_for_what_it_names_to_change(
        self, room: Room, claimed: tuple[str, TenantId]
    ):
        kept, organization = claimed
        await room.finish(kept)
        await room.map(organization, OTHER_LINE)
        assert await room.claim() == []
        await room.map(organization, LINE, vapi_phone_number_id=str(uuid4()))
        assert await room.claim() == [kept]

    async def test_what_is_still_nobodys_is_looked_at_again_where_nobody_knows_what_has_changed(
        self, room: Room, claimed: tuple[str, TenantId]
    ):
        kept, organization = claimed
        await room.finish(kept)
        await room.map(organization, OTHER_LINE)
        await room.map(organization, OTHER_LINE, vapi_phone_number_id=str(uuid4()))
        await room.superuser.execute(
            "DELETE FROM tenancy.route_changes WHERE version < (SELECT version FROM tenancy.route_version)"
        )
        assert await room.claim() == [kept]

    async def test_a_change_since_the_claim_counts(self, room: Room, claimed: tuple[str, TenantId]):
        kept, organization = claimed
        await room.map(organization, LINE, vapi_phone_number_id=str(uuid4()))
        await room.finish(kept)
        assert await room.claim() == [kept]

    async def test_again_changes_nothing(self, room: Room, claimed: tuple[str, TenantId]):
        kept, organization = claimed
        for whom in (organization, organization, "", uuid4()):
            await room.finish(kept, whom)
        assert (await room.read(kept)).message.organization_id == str(organization)

    async def test_is_refused_for_mere_evidence(self, room: Room):
        kept = await room.keep(recordable=False)
        with pytest.raises(RemoteError) as refused:
            await room.finish(kept, uuid4())
        assert refused.value.reason == "QUARANTINED_MESSAGE_NOT_FOUND"
        assert (await room.read(kept)).message.state == State.EVIDENCE

    async def test_is_refused_for_ids_that_are_nobodys(self, room: Room, claimed: tuple[str, TenantId]):
        with pytest.raises(RemoteError) as nobody:
            await room.finish(str(uuid4()))
        with pytest.raises(RemoteError) as malformed:
            await room.finish(claimed[0], "the clinic")
        assert (nobody.value.reason, malformed.value.reason) == (
            "QUARANTINED_MESSAGE_NOT_FOUND",
            "MALFORMED_ORGANIZATION_ID",
        )


class TestCallers:
    @pytest.mark.parametrize("caller", ["booking", "assistant-sync", "operator"])
    async def test_none_but_the_gateway_claims_or_finishes(self, connect: ClientOf, caller: str):
        stub = connect(caller).stub(QuarantineServiceStub)
        for method, request in (
            (stub.ClaimQuarantinedMessages, pb.ClaimQuarantinedMessagesRequest()),
            (stub.FinishQuarantinedMessage, pb.FinishQuarantinedMessageRequest()),
        ):
            with pytest.raises(RemoteError) as refused:
                await method(request, timeout=SECONDS)
            assert refused.value.reason == "CALLER_NOT_ALLOWED"

    @pytest.mark.parametrize("caller", ["booking", "operator"])
    async def test_none_but_who_receives_or_fetches_keeps(self, connect: ClientOf, caller: str):
        with pytest.raises(RemoteError) as refused:
            request = pb.QuarantineMessageRequest()
            await connect(caller).stub(QuarantineServiceStub).QuarantineMessage(request, timeout=SECONDS)
        assert refused.value.reason == "CALLER_NOT_ALLOWED"

    async def test_other_services_read_nothing(self, connect: ClientOf, room: Room):
        kept = await room.keep()
        for caller in ("booking", "assistant-sync"):
            with pytest.raises(RemoteError) as refused:
                await (
                    connect(caller)
                    .stub(QuarantineServiceStub)
                    .ReadQuarantinedMessage(pb.ReadQuarantinedMessageRequest(id=kept), timeout=SECONDS)
                )
            assert refused.value.reason == "CALLER_NOT_ALLOWED"


async def test_a_report_that_was_fetched_waits_as_somebodys_and_is_handed_out(room: Room, connect: ClientOf) -> None:
    clinic = await room.organization()
    await room.map(clinic, LINE)
    fetched = pb.QuarantineMessageRequest(
        body=uuid4().bytes,
        message_type="end-of-call-report",
        outcome=ResolveTenantResponse.RESOLVED,
        evidence=ResolveTenantRequest(called_number=LINE),
        recordable=True,
    )

    kept = await connect("assistant-sync").stub(QuarantineServiceStub).QuarantineMessage(fetched, timeout=SECONDS)

    (message,) = (await room.listed()).messages
    assert (message.id, message.outcome, message.state) == (kept.id, ResolveTenantResponse.RESOLVED, State.WAITING)
    assert await room.claim() == [kept.id]
