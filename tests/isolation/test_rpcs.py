"""Every RPC of every service, asked by one organization for what is another's."""

import asyncpg
import pytest
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message

from chassis.errors import RemoteError
from chassis.rpc.callers import named_callers
from chassis.tenant import TenantId, tenant_scope
from tests.isolation.house import House
from tests.isolation.promises import PROMISES
from tests.isolation.requests import methods, request_about
from tests.isolation.residents import SECONDS, Resident, move_in

TAKEN = {"PHONE_NUMBER_TAKEN", "ASSISTANT_TAKEN"}
"""What has one owner across all organizations is told to be taken, never by whom."""

OF_NO_ORGANIZATION = {
    "OrganizationService": "administration",
    "AuditService": "administration",
    "QuarantineService": "messages that are nobody's",
    "ApiKeyService.CreatePlatformApiKey": "the platform's keys",
    "ApiKeyService.ListPlatformApiKeys": "the platform's keys",
    "ApiKeyService.RevokePlatformApiKey": "the platform's keys",
    "ApiKeyService.AuthenticateApiKey": "says whose a key is",
    "TenancyService.ResolveTenant": "says whose a call is",
    "TenancyService.WatchRoutes": "every gateway is told of every route",
    "PhoneNumberService.MovePhoneNumber": "concerns two organizations",
    "FeedService.ReadFeed": "says whose a link is",
    "RolloutService": "of all organizations' assistants",
    "ToolService": "the tools, which all organizations share",
    "VapiCallService.GetComparison": "of all organizations' calls, by their number alone",
    "VapiCallService.StartComparison": "likewise",
    "WebhookCredentialService.RecordWebhookCredentialUses": "one gateway counts for many organizations",
}
"""RPCs that no organization's scope bounds, with the reason: who may call them is said in their protos."""


def _name(method: MethodDescriptor) -> str:
    return f"{method.containing_service.name}.{method.name}"


OF_AN_ORGANIZATION = [
    method for method in methods() if not {_name(method), method.containing_service.name} & OF_NO_ORGANIZATION.keys()
]


def _only_reads(method: MethodDescriptor) -> bool:
    return bool(method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS)


@pytest.fixture(scope="module")
async def owner(house: House) -> Resident:
    """Of whom nobody reaches anything, so that one is enough."""
    return await move_in(house)


@pytest.fixture(scope="module")
async def reader(house: House) -> Resident:
    """Moving in takes seconds, and whoever only reads leaves no trace."""
    return await move_in(house)


@pytest.fixture(scope="module")
async def changer(house: House) -> Resident:
    """Has in the end, of its own, much that is called as the owner's is; so it reads nothing."""
    return await move_in(house)


@pytest.mark.parametrize("method", OF_AN_ORGANIZATION, ids=_name)
async def test_an_organization_reaches_nothing_of_another_by(
    house: House, owner: Resident, reader: Resident, changer: Resident, method: MethodDescriptor
) -> None:
    stranger = reader if _only_reads(method) else changer
    request = request_about(method, owner)
    before = await _rows_of(house, owner.tenant)

    told = await _ask(house, method, request, stranger.tenant)

    assert await _rows_of(house, owner.tenant) == before
    assert _seen(owner, request, told) == set()
    if isinstance(told, RemoteError):
        assert told.reason.endswith("_NOT_FOUND") or told.reason in TAKEN
        assert told.metadata == {}


@pytest.mark.parametrize("method", OF_AN_ORGANIZATION, ids=_name)
async def test_an_organization_reaches_its_own_by(house: House, reader: Resident, method: MethodDescriptor) -> None:
    """The same request is answered to the owner: a stranger's was not refused for being nonsense."""
    owner = reader if _only_reads(method) else await move_in(house)
    request = request_about(method, owner)
    told = await _ask(house, method, request, owner.tenant)
    assert isinstance(told, Message)
    if method.name.startswith(("List", "Get")):
        assert _seen(owner, request, told)


def test_every_rpc_that_is_of_no_organization_is_there() -> None:
    there = {name for method in methods() for name in (_name(method), method.containing_service.name)}
    assert OF_NO_ORGANIZATION.keys() - there == set()


@pytest.mark.parametrize("method", [one for one in methods() if one not in OF_AN_ORGANIZATION], ids=_name)
def test_what_no_organization_bounds_and_changes_something_is_for_named_callers(method: MethodDescriptor) -> None:
    assert _only_reads(method) or named_callers(method)


async def _ask(house: House, method: MethodDescriptor, request: Message, tenant: TenantId) -> Message | RemoteError:
    service = method.containing_service.full_name
    client = house.client(service.rpartition(".")[0], min(named_callers(method) or {"gateway"}))
    call = client.method(
        f"/{service}/{method.name}",
        lambda message: message.SerializeToString(),
        message_factory.GetMessageClass(method.output_type).FromString,
    )
    try:
        with tenant_scope(tenant):
            answer: Message = await call(request, timeout=SECONDS)
    except RemoteError as refusal:
        return refusal
    return answer


def _seen(owner: Resident, request: Message, told: Message | RemoteError) -> set[str]:
    """What of the owner stands in an answer, beside what was asked with."""
    asked, answered = str(request), str(told)
    return {secret for secret in owner.secrets if secret in answered and secret not in asked}


async def _rows_of(house: House, tenant: TenantId) -> dict[str, list[str]]:
    """Everything that every service keeps of an organization."""
    rows: dict[str, list[str]] = {}
    for promise in PROMISES:
        async with house.superuser(promise) as superuser:
            for table in await promise.tenant_tables(superuser):
                kept: list[asyncpg.Record] = await superuser.fetch(
                    f'SELECT t::text FROM "{promise.schema}"."{table}" t'
                    f' WHERE "{promise.tenant_column(table)}" = $1 ORDER BY 1',
                    tenant,
                )
                rows[f"{promise.schema}.{table}"] = [row[0] for row in kept]
    return rows
