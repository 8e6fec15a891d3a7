"""`/api/assistants`: what an organization's assistants in Vapi shall be, and where Vapi differs from it."""

from typing import Any, ClassVar

from google.protobuf.struct_pb2 import Struct
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from gateway.http.bodies import Body, given, read_body, struct_of
from gateway.http.intake import Intake
from gateway.http.principals import SECONDS_WITH_VAPI, Principals
from gateway.http.problems import MISSING_ASSISTANT_ID, UNKNOWN_ASSISTANT_TYPE, Refused
from gateway.routes.listing import instant_in, listed_in_order
from gateway.routes.resource import resource
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

_TYPES = {AgentType.Name(one).lower(): one for one in (INBOUND, FOLLOW_UP, OUTBOUND)}
_Object = dict[str, Any]


class SavedAssistant(Body):
    form: ClassVar[str] = (
        '{"name"?: text of at most 40 characters, "first_message"?: text, "prompt"?: text, "voice"?: Vapi\'s object,'
        ' "model"?: Vapi\'s object, "vapi"?: an object with further fields of Vapi\'s assistant, "adopt"?: true or'
        ' false, "recreate"?: true or false}; the first time with a name'
    )

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

    vapiAssistantId: str  # noqa: N815  # the field's name on the wire
    webhookUrl: str | None = None  # noqa: N815  # likewise


class AssistantRoutes:
    def __init__(
        self, principals: Principals, intake: Intake, assistant_sync: RpcClient, public_url: str | None
    ) -> None:
        """`public_url` is this deployment's; None: it is reached from this machine alone."""
        self._is_public = public_url is not None and public_url.startswith("https://")
        self._principals = principals
        self._intake = intake
        self._agents = assistant_sync.stub(AgentServiceStub)
        self._drift = assistant_sync.stub(DriftServiceStub)

    def routes(self) -> list[Route]:
        return [
            resource("/api/assistants", GET=self.list),
            resource("/api/assistants/drift", GET=self.find_drift),
            resource("/api/assistants/{type}", GET=self.get, PUT=self.save),
            resource("/api/vapi/setup/update-assistant-webhook", POST=self.point),
        ]

    async def list(self, request: Request) -> Response:
        async with self._principals.organization(request):
            found = await self._agents.ListAgents(ListAgentsRequest())
            return listed_in_order(request, map(_item, found.agents), _by_type)

    async def get(self, request: Request) -> Response:
        async with self._principals.organization(request):
            found = await self._agents.GetAgent(GetAgentRequest(type=_type_in(request)))
        return JSONResponse(_item(found.agent))

    async def save(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request, seconds=SECONDS_WITH_VAPI):
            wanted = _save(_type_in(request), read_body(request, body, SavedAssistant))
            saved = (await self._agents.SaveAgent(wanted)).agent
        return JSONResponse(_item(saved), status_code=200 if saved.sync_state == Agent.SYNCED else 202)

    async def point(self, request: Request) -> Response:
        body = await self._intake.body_of(request)
        async with self._principals.organization(request, seconds=SECONDS_WITH_VAPI):
            wanted = read_body(request, body, PointedAssistant)
            if not wanted.vapiAssistantId:
                raise Refused(MISSING_ASSISTANT_ID)
            pointed = await self._agents.SetAgentWebhook(
                SetAgentWebhookRequest(vapi_assistant_id=wanted.vapiAssistantId, webhook_url=wanted.webhookUrl or "")
            )
        return JSONResponse(
            {
                "success": True,
                "assistantId": wanted.vapiAssistantId,
                "webhookUrl": pointed.webhook_url,
                "message": "The assistant posts its server messages there.",
            }
        )

    async def find_drift(self, request: Request) -> Response:
        async with self._principals.organization(request, seconds=SECONDS_WITH_VAPI) as tenant:
            found = await self._drift.FindDrift(FindDriftRequest())
        return JSONResponse(
            {
                "assistants": [_assistant_drift(one) for one in found.assistants],
                "warnings": [_warning(one, tenant, is_public=self._is_public) for one in found.warnings],
            }
        )


def _type_in(request: Request) -> "AgentType.ValueType":
    """Raises Refused."""
    if (found := _TYPES.get(request.path_params["type"])) is None:
        raise Refused(UNKNOWN_ASSISTANT_TYPE)
    return found


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


def _struct(field: str, value: _Object | UnsetType | None) -> Struct | None:
    """None where the body says nothing; null says that nothing particular is wanted, as an empty object does."""
    return None if isinstance(value, UnsetType) else struct_of(field, value or {}, SavedAssistant.form)


def _by_type(item: _Object) -> tuple[str, str]:
    return item["type"], ""


def _item(agent: Agent) -> _Object:
    return {
        "type": AgentType.Name(agent.type).lower(),
        "name": agent.name,
        "first_message": agent.first_message,
        "prompt": agent.prompt,
        "voice": json_of(agent.voice) if agent.HasField("voice") else None,
        "model": json_of(agent.model) if agent.HasField("model") else None,
        "vapi": json_of(agent.vapi) if agent.HasField("vapi") else None,
        "vapi_assistant_id": agent.vapi_assistant_id or None,
        "sync_state": Agent.SyncState.Name(agent.sync_state).lower(),
        "pending_reason": (
            Agent.PendingReason.Name(agent.pending_reason).lower() if agent.sync_state == Agent.PENDING else None
        ),
        "webhook_url": agent.webhook_url or None,
    }


def _assistant_drift(drift: AssistantDrift) -> _Object:
    return {
        "type": AgentType.Name(drift.type).lower(),
        "vapi_assistant_id": drift.vapi_assistant_id,
        "name": drift.name,
        "missing": drift.missing,
        "fields": [_field_drift(field) for field in drift.fields],
    }


def _field_drift(drift: FieldDrift) -> _Object:
    return {
        "field": drift.field,
        "ours": json_of(drift.ours),
        "theirs": json_of(drift.theirs),
        "last_synced": json_of(drift.last_synced) if drift.HasField("last_synced") else None,
        "last_synced_at": instant_in(drift, "last_synced_at"),
        "repaired_by_itself": drift.repaired_by_itself,
    }


def _warning(warning: UrlWarning, tenant: TenantId, *, is_public: bool) -> _Object:
    return {
        "kind": UrlWarning.Kind.Name(warning.kind).lower(),
        "name": warning.name,
        "vapi_id": warning.vapi_id,
        "url": warning.url,
        "fault": UrlWarning.Fault.Name(warning.fault).lower(),
        "fix": fix_of(warning, tenant, is_public=is_public),
    }


def fix_of(warning: UrlWarning, tenant: TenantId, *, is_public: bool) -> str:
    """The command that mends it; for what nobody here may change, what to do in Vapi."""
    if warning.fault == UrlWarning.ANSWERED_BY_OTHERS:
        return "take the other assistant or squad off the number in Vapi; the clinic's own is then put there by itself"
    if warning.fault != UrlWarning.FOREIGN and not is_public:
        return "switchboard tunnel"
    if warning.kind == UrlWarning.ASSISTANT:
        return f"switchboard assistants point {warning.vapi_id} -o {tenant}"
    if warning.kind == UrlWarning.PHONE_NUMBER:
        return f"switchboard assistants save inbound -o {tenant}"
    return "it is no tool of this deployment: change its URL in Vapi, or take it off the assistant there"
