"""Where tenancy is put together."""

from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.rpc.server import RpcServer
from switchboard.tenancy.v1 import (
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    audit_service_pb2,
    audit_service_pb2_grpc,
    organization_service_pb2,
    organization_service_pb2_grpc,
    phone_number_service_pb2,
    phone_number_service_pb2_grpc,
    quarantine_service_pb2,
    quarantine_service_pb2_grpc,
    tenancy_service_pb2,
    tenancy_service_pb2_grpc,
    webhook_credential_service_pb2,
    webhook_credential_service_pb2_grpc,
)
from tenancy.domain.quarantine.release_from_quarantine import keep_forgetting_expired_messages
from tenancy.domain.routing.count_gateways import GatewayCount
from tenancy.domain.routing.watch_routes import RouteWatch
from tenancy.rpc.api_key_service import ApiKeyServicer
from tenancy.rpc.audit_service import AuditServicer
from tenancy.rpc.organization_service import OrganizationServicer
from tenancy.rpc.phone_number_service import PhoneNumberServicer
from tenancy.rpc.quarantine_service import QuarantineServicer
from tenancy.rpc.tenancy_service import TenancyServicer
from tenancy.rpc.webhook_credential_service import WebhookCredentialServicer
from tenancy.settings import TenancySettings
from tenancy.store.api_keys import ApiKeyStore
from tenancy.store.assistants import AssistantStore
from tenancy.store.audit import AuditStore
from tenancy.store.directory import DirectoryStore
from tenancy.store.gateways import GatewayStore
from tenancy.store.organizations import OrganizationStore
from tenancy.store.phone_numbers import PhoneNumberStore
from tenancy.store.quarantine import QuarantineStore
from tenancy.store.routes import RouteStore
from tenancy.store.webhook_credentials import WebhookCredentialStore

DOMAIN = "tenancy.switchboard"
"""Names this service in errors."""


def add_services(server: RpcServer, database: Database, sealer: Sealer) -> None:
    """Add every gRPC service of tenancy to a server, and what is done beside them."""
    route_watch = RouteWatch(RouteStore(database))
    server.do_beside(route_watch.run)
    gateway_count = GatewayCount(GatewayStore(database))
    server.do_beside(gateway_count.run)
    server.add(
        tenancy_service_pb2.DESCRIPTOR.services_by_name["TenancyService"].full_name,
        TenancyServicer(DirectoryStore(database), AssistantStore(database), route_watch, gateway_count),
        tenancy_service_pb2_grpc.add_TenancyServiceServicer_to_server,
    )
    server.add(
        organization_service_pb2.DESCRIPTOR.services_by_name["OrganizationService"].full_name,
        OrganizationServicer(OrganizationStore(database)),
        organization_service_pb2_grpc.add_OrganizationServiceServicer_to_server,
    )
    server.add(
        phone_number_service_pb2.DESCRIPTOR.services_by_name["PhoneNumberService"].full_name,
        PhoneNumberServicer(PhoneNumberStore(database)),
        phone_number_service_pb2_grpc.add_PhoneNumberServiceServicer_to_server,
    )
    server.add(
        api_key_service_pb2.DESCRIPTOR.services_by_name["ApiKeyService"].full_name,
        ApiKeyServicer(ApiKeyStore(database)),
        api_key_service_pb2_grpc.add_ApiKeyServiceServicer_to_server,
    )
    server.add(
        webhook_credential_service_pb2.DESCRIPTOR.services_by_name["WebhookCredentialService"].full_name,
        WebhookCredentialServicer(WebhookCredentialStore(database, sealer)),
        webhook_credential_service_pb2_grpc.add_WebhookCredentialServiceServicer_to_server,
    )
    server.add(
        audit_service_pb2.DESCRIPTOR.services_by_name["AuditService"].full_name,
        AuditServicer(AuditStore(database)),
        audit_service_pb2_grpc.add_AuditServiceServicer_to_server,
    )
    quarantine = QuarantineStore(database, sealer)
    server.do_beside(lambda: keep_forgetting_expired_messages(quarantine))
    server.add(
        quarantine_service_pb2.DESCRIPTOR.services_by_name["QuarantineService"].full_name,
        QuarantineServicer(quarantine, DirectoryStore(database)),
        quarantine_service_pb2_grpc.add_QuarantineServiceServicer_to_server,
    )


async def serve(settings: TenancySettings) -> None:
    """Serve until told to stop."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    server = RpcServer(settings, domain=DOMAIN)
    add_services(server, database, Sealer.from_text(settings.switchboard_encryption_keys.get_secret_value()))
    try:
        await server.serve_until_told_to_stop()
    finally:
        await database.close()
