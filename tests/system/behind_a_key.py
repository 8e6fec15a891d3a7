"""The gateway's routes for those with a key, as the gateway itself lists them."""

from gateway.backends import Backends
from gateway.routes.administration import administration
from gateway.settings import GatewaySettings

_NOWHERE = "127.0.0.1:1"


async def routes_behind_a_key() -> list[tuple[str, str]]:
    """Method and path."""
    settings = GatewaySettings(
        tenancy_addr=_NOWHERE,
        booking_addr=_NOWHERE,
        assistant_sync_addr=_NOWHERE,
        vapi_webhook_secret="secret",
        switchboard_admin_key="key",
        _env_file=None,
    )
    backends = Backends.open(settings)
    resources = administration(backends, settings)
    await backends.close()
    return sorted((method, resource.path) for resource in resources for method in resource.operations)
