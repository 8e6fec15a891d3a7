"""Whose call it is."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from chassis.actor import current_actor
from chassis.rpc.interceptors import Context
from chassis.tenant import current_tenant
from switchboard.tenancy.v1 import tenancy_service_pb2 as tenancy_pb2
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceServicer
from tenancy.domain.ports import Assistants, Directory
from tenancy.domain.routing.count_gateways import GatewayCount
from tenancy.domain.routing.register_assistant import register_assistant
from tenancy.domain.routing.resolve_tenant import resolve_tenant
from tenancy.domain.routing.watch_routes import RouteWatch
from tenancy.rpc.convert import resolution as convert
from tenancy.rpc.convert import routes as watching


class TenancyServicer(TenancyServiceServicer):
    def __init__(
        self, directory: Directory, assistants: Assistants, route_watch: RouteWatch, gateway_count: GatewayCount
    ) -> None:
        self._directory = directory
        self._assistants = assistants
        self._route_watch = route_watch
        self._gateway_count = gateway_count

    async def ResolveTenant(
        self, request: tenancy_pb2.ResolveTenantRequest, context: Context
    ) -> tenancy_pb2.ResolveTenantResponse:
        evidence, at = convert.said(request), convert.instant(request)
        resolution = await resolve_tenant(self._directory, evidence, at=at)
        return convert.resolution(resolution)

    async def WatchRoutes(
        self, request: tenancy_pb2.WatchRoutesRequest, context: Context
    ) -> AsyncIterator[tenancy_pb2.WatchRoutesResponse]:
        with self._gateway_count.watching(watching.gateway(request, current_actor())):
            async with aclosing(self._route_watch.watch(watching.seen(request))) as events:
                async for event in events:
                    yield watching.event(event, gateways=self._gateway_count.live)

    async def RegisterAssistant(
        self, request: tenancy_pb2.RegisterAssistantRequest, context: Context
    ) -> tenancy_pb2.RegisterAssistantResponse:
        await register_assistant(self._assistants, current_tenant(), request.vapi_assistant_id)
        return tenancy_pb2.RegisterAssistantResponse()
