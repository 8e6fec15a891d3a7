"""Where tenancy is put together."""

from collections.abc import Callable

from chassis.database.engine import Database
from chassis.rpc.server import RpcServer
from switchboard.tenancy.v1.api_key_service_pb2_grpc import add_ApiKeyServiceServicer_to_server
from switchboard.tenancy.v1.organization_service_pb2_grpc import add_OrganizationServiceServicer_to_server
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import add_PhoneNumberServiceServicer_to_server
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import add_TenancyServiceServicer_to_server
from tenancy.rpc.api_key_service import ApiKeyServicer
from tenancy.rpc.organization_service import OrganizationServicer
from tenancy.rpc.phone_number_service import PhoneNumberServicer
from tenancy.rpc.tenancy_service import TenancyServicer
from tenancy.settings import TenancySettings
from tenancy.store.api_keys import ApiKeyStore
from tenancy.store.assistants import AssistantStore
from tenancy.store.directory import DirectoryStore
from tenancy.store.organizations import OrganizationStore
from tenancy.store.phone_numbers import PhoneNumberStore

DOMAIN = "tenancy.switchboard"
"""Names this service in errors."""

PACKAGE = "switchboard.tenancy.v1"


def build(database: Database) -> Callable[[RpcServer], None]:
    """What adds tenancy's services to a server."""

    def add_services(server: RpcServer) -> None:
        server.add(
            f"{PACKAGE}.TenancyService",
            TenancyServicer(DirectoryStore(database), AssistantStore(database)),
            add_TenancyServiceServicer_to_server,
        )
        server.add(
            f"{PACKAGE}.OrganizationService",
            OrganizationServicer(OrganizationStore(database)),
            add_OrganizationServiceServicer_to_server,
        )
        server.add(
            f"{PACKAGE}.PhoneNumberService",
            PhoneNumberServicer(PhoneNumberStore(database)),
            add_PhoneNumberServiceServicer_to_server,
        )
        server.add(
            f"{PACKAGE}.ApiKeyService", ApiKeyServicer(ApiKeyStore(database)), add_ApiKeyServiceServicer_to_server
        )

    return add_services


async def serve(settings: TenancySettings) -> None:
    """Serve until told to stop."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    server = RpcServer(settings, domain=DOMAIN)
    build(database)(server)
    try:
        await server.serve_until_told_to_stop()
    finally:
        await database.close()
