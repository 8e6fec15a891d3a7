"""`/api/assistants`: what an organization's assistants in Vapi shall be, and where Vapi differs from it."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from google.protobuf.struct_pb2 import Struct as ProtobufStruct
from msgspec import UNSET, Struct, UnsetType

from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId, current_tenant
from gateway.http.answers import Accepted, Page, Rfc3339, words
from gateway.http.bodies import Body, given, struct_of
from gateway.http.operations import Resource, operation, resource
from gateway.http.parameters import Paging, Path
from gateway.http.principals import SECONDS_WITH_VAPI
from gateway.http.problems import MISSING_ASSISTANT_ID, UNKNOWN_ASSISTANT_TYPE, NamedProblem, Refused
from gateway.routes.listing import instant_in, page_in_order
from gateway.structs import json_of
from switchboard.assistants.v1.agent_service_pb2 import (
    FOLLOW_UP,
    INBOUND,
    OUTBOUND,
    Agent,
    AgentType,
    GetAgentRequest,
    ListAgentsRequest,
    SaveAgentRequest,
    SetAgentWebhookRequest,
)
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub
from switchboard.assistants.v1.drift_service_pb2 import AssistantDrift, FieldDrift, FindDriftRequest, UrlWarning
from switchboard.assistants.v1.drift_service_pb2_grpc import DriftServiceStub

AssistantType = Literal["inbound", "follow_up", "outbound"]
_TYPES: Mapping[AssistantType, AgentType.ValueType] = {
    "inbound": INBOUND,
    "follow_up": FOLLOW_UP,
    "outbound": OUTBOUND,
}
_Object = dict[str, Any]


class SavedAssistant(Body):
    form: ClassVar[str] = (
        '{"name"?: text of at most 40 characters, "first_message"?: text, "prompt"?: text, "voice"?: Vapi\'s object,'
        ' "model"?: Vapi\'s object, "vapi"?: an object with further fields of Vapi\'s assistant, "adopt"?: true or'
        ' false, "recreate"?: true or false}; the first time with a name'
    )
    example: ClassVar = {
        "name": "Riverside receptionist",
        "first_message": "Riverside Practice, how can I help you?",
        "prompt": "You answer the telephone of Riverside Practice.",
    }

    name: str | UnsetType = UNSET
    first_message: str | UnsetType = UNSET
    prompt: str | UnsetType = UNSET
    voice: _Object | UnsetType | None = UNSET
    model: _Object | UnsetType | None = UNSET
    vapi: _Object | UnsetType | None = UNSET
    adopt: bool = False
    recreate: bool = False


class PointedAssistant(Body):
    form: ClassVar[str] = '{"vapiAssistantId": the id that Vapi shows, "webhookUrl"?: an https URL}'
    example: ClassVar = {"vapiAssistantId": "5d2f8c3e-6a1b-4f9d-8e7c-2b4a6d8f0c13"}

    vapiAssistantId: str  # noqa: N815  # the field's name on the wire
    webhookUrl: str | None = None  # noqa: N815  # likewise


class OfType(Path):
    unknown: ClassVar[NamedProblem] = UNKNOWN_ASSISTANT_TYPE

    type: AssistantType


class AssistantItem(Struct):
    type: Annotated[str, words(AgentType)]
    name: str
    first_message: str
    prompt: str
    voice: _Object | None
    model: _Object | None
    vapi: _Object | None
    vapi_assistant_id: str | None
    sync_state: Annotated[str, words(Agent.SyncState)]
    pending_reason: Annotated[str, words(Agent.PendingReason)] | None
    webhook_url: str | None


class Pointed(Struct):
    success: bool
    assistantId: str  # noqa: N815  # the field's name on the wire
    webhookUrl: str  # noqa: N815  # likewise
    message: str


class FieldDriftItem(Struct):
    field: str
    ours: Any
    theirs: Any
    last_synced: Any
    last_synced_at: Rfc3339 | None
    repaired_by_itself: bool


class AssistantDriftItem(Struct):
    type: Annotated[str, words(AgentType)]
    vapi_assistant_id: str
    name: str
    missing: bool
    fields: list[FieldDriftItem]


class WarningItem(Struct):
    """A URL in Vapi that leads elsewhere, or two tools of a name, with what mends it."""

    kind: Annotated[str, words(UrlWarning.Kind)]
    name: str
    vapi_id: str
    url: str
    fault: Annotated[str, words(UrlWarning.Fault)]
    tool: str | None
    fix: str


class FoundDrift(Struct):
    assistants: list[AssistantDriftItem]
    warnings: list[WarningItem]


class AssistantRoutes:
    def __init__(self, assistant_sync: RpcClient, public_url: str | None) -> None:
        """`public_url` is this deployment's; None: it is reached from this machine alone."""
        self._is_public = public_url is not None and public_url.startswith("https://")
        self._agents = assistant_sync.stub(AgentServiceStub)
        self._drift = assistant_sync.stub(DriftServiceStub)

    def resources(self) -> list[Resource]:
        of_vapi = {503: ("VAPI_AWAY", "VAPI_UNAUTHORISED")}
        return [
            resource("/api/assistants", GET=operation(self.list, "List assistants by their types")),
            resource(
                "/api/assistants/drift",
                GET=operation(
                    self.find_drift,
                    "Find where Vapi differs from what was saved",
                    seconds=SECONDS_WITH_VAPI,
                    problems=of_vapi,
                ),
            ),
            resource(
                "/api/assistants/{type}",
                GET=operation(self.get, "Read an assistant", problems={404: ("AGENT_NOT_FOUND",)}),
                PUT=operation(
                    self.save,
                    "Save what an assistant shall be",
                    seconds=SECONDS_WITH_VAPI,
                    problems={400: ("MISSING_NAME", "NAME_TOO_LONG", "REFUSED_BY_VAPI")},
                ),
            ),
            resource(
                "/api/vapi/setup/update-assistant-webhook",
                POST=operation(
                    self.point,
                    "Point an assistant's server URL at this deployment",
                    seconds=SECONDS_WITH_VAPI,
                    problems={
                        **of_vapi,
                        400: ("MISSING_ASSISTANT_ID", "INVALID_WEBHOOK_URL"),
                        404: ("ASSISTANT_NOT_FOUND", "ASSISTANT_MISSING"),
                    },
                ),
            ),
        ]

    async def list(self, paging: Paging) -> Page[AssistantItem]:
        found = await self._agents.ListAgents(ListAgentsRequest())
        return page_in_order(paging, map(_item, found.agents), lambda item: (item.type, ""))

    async def get(self, wanted: OfType) -> AssistantItem:
        return _item((await self._agents.GetAgent(GetAgentRequest(type=_TYPES[wanted.type]))).agent)

    async def save(self, wanted: OfType, saved: SavedAssistant) -> AssistantItem | Accepted[AssistantItem]:
        """Creates it in Vapi once, and patches it from then on; what is not sent stays as it is.

        A 202 where Vapi cannot be reached: the save is kept, and follows by itself.
        """
        agent = (await self._agents.SaveAgent(_save(_TYPES[wanted.type], saved))).agent
        return _item(agent) if agent.sync_state == Agent.SYNCED else Accepted(_item(agent))

    async def point(self, wanted: PointedAssistant) -> Pointed:
        """Changes nothing else of it, and answers when Vapi has it."""
        if not wanted.vapiAssistantId:
            raise Refused(MISSING_ASSISTANT_ID)
        pointed = await self._agents.SetAgentWebhook(
            SetAgentWebhookRequest(vapi_assistant_id=wanted.vapiAssistantId, webhook_url=wanted.webhookUrl or "")
        )
        return Pointed(
            success=True,
            assistantId=wanted.vapiAssistantId,
            webhookUrl=pointed.webhook_url,
            message="The assistant posts its server messages there.",
        )

    async def find_drift(self) -> FoundDrift:
        """Looks in Vapi now."""
        found = await self._drift.FindDrift(FindDriftRequest())
        tenant = current_tenant()
        return FoundDrift(
            assistants=[_assistant_drift(one) for one in found.assistants],
            warnings=[_warning(one, tenant, is_public=self._is_public) for one in found.warnings],
        )


def _save(agent_type: "AgentType.ValueType", saved: SavedAssistant) -> SaveAgentRequest:
    return SaveAgentRequest(
        type=agent_type,
        name=given(saved.name),
        first_message=given(saved.first_message),
        prompt=given(saved.prompt),
        voice=_struct("voice", saved.voice),
        model=_struct("model", saved.model),
        vapi=_struct("vapi", saved.vapi),
        adopt=saved.adopt,
        recreate=saved.recreate,
    )


def _struct(field: str, value: _Object | UnsetType | None) -> ProtobufStruct | None:
    """None where the body says nothing; null says that nothing particular is wanted, as an empty object does."""
    return None if isinstance(value, UnsetType) else struct_of(field, value or {}, SavedAssistant.form)


def _item(agent: Agent) -> AssistantItem:
    return AssistantItem(
        type=AgentType.Name(agent.type).lower(),
        name=agent.name,
        first_message=agent.first_message,
        prompt=agent.prompt,
        voice=json_of(agent.voice) if agent.HasField("voice") else None,
        model=json_of(agent.model) if agent.HasField("model") else None,
        vapi=json_of(agent.vapi) if agent.HasField("vapi") else None,
        vapi_assistant_id=agent.vapi_assistant_id or None,
        sync_state=Agent.SyncState.Name(agent.sync_state).lower(),
        pending_reason=(
            Agent.PendingReason.Name(agent.pending_reason).lower() if agent.sync_state == Agent.PENDING else None
        ),
        webhook_url=agent.webhook_url or None,
    )


def _assistant_drift(drift: AssistantDrift) -> AssistantDriftItem:
    return AssistantDriftItem(
        type=AgentType.Name(drift.type).lower(),
        vapi_assistant_id=drift.vapi_assistant_id,
        name=drift.name,
        missing=drift.missing,
        fields=[_field_drift(field) for field in drift.fields],
    )


def _field_drift(drift: FieldDrift) -> FieldDriftItem:
    return FieldDriftItem(
        field=drift.field,
        ours=json_of(drift.ours),
        theirs=json_of(drift.theirs),
        last_synced=json_of(drift.last_synced) if drift.HasField("last_synced") else None,
        last_synced_at=instant_in(drift, "last_synced_at"),
        repaired_by_itself=drift.repaired_by_itself,
    )


def _warning(warning: UrlWarning, tenant: TenantId, *, is_public: bool) -> WarningItem:
    return WarningItem(
        kind=UrlWarning.Kind.Name(warning.kind).lower(),
        name=warning.name,
        vapi_id=warning.vapi_id,
        url=warning.url,
        fault=UrlWarning.Fault.Name(warning.fault).lower(),
        tool=warning.tool or None,
        fix=fix_of(warning, tenant, is_public=is_public),
    )


def fix_of(warning: UrlWarning, tenant: TenantId, *, is_public: bool) -> str:
    """The command that mends it; for what nobody here may change, what to do in Vapi."""
    if warning.fault == UrlWarning.ANSWERED_BY_OTHERS:
        return "take the other assistant or squad off the number in Vapi; the clinic's own is then put there by itself"
    if warning.fault == UrlWarning.TWO_OF_A_NAME:
        return f"take the other tool called {warning.tool} off the assistant in Vapi; this deployment's stays"
    if warning.fault != UrlWarning.FOREIGN and not is_public:
        return "switchboard tunnel"
    if warning.kind == UrlWarning.ASSISTANT:
        return f"switchboard assistants point {warning.vapi_id} -o {tenant}"
    if warning.kind == UrlWarning.PHONE_NUMBER:
        return f"switchboard assistants save inbound -o {tenant}"
    return "it is no tool of this deployment: change its URL in Vapi, or take it off the assistant there"
