import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from chassis.live_secrets import LiveSecrets
from chassis.settings import HostAndPort, ServerSettings


def _public_url(value: str) -> str:
    """https, or http to this machine: anything else would carry callers' words in the clear."""
    url = urlsplit(value)
    if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and _is_loopback(url.hostname))):
        raise ValueError("must be an https URL (http only to loopback)")
    return value.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


PublicUrl = Annotated[str, AfterValidator(_public_url)]


class AssistantSyncSettings(ServerSettings):
    listen_addr: HostAndPort = Field(default="0.0.0.0:50053", description="host:port this service answers on.")
    tenancy_addr: str = Field(description="Tenancy's host:port, or any gRPC target.")
    booking_addr: str = Field(description="Booking's host:port, or any gRPC target: it knows which reports arrived.")
    vapi_private_key: SecretStr = Field(
        min_length=1, description="Private key of the Vapi account that holds the assistants."
    )
    vapi_base_url: PublicUrl = Field(default="https://api.vapi.ai", description="Vapi's REST API.")
    vapi_requests_per_second: float = Field(
        default=1.4,
        gt=0,
        description="Requests that Vapi is sent, by all processes together; above an unpublished limit it answers 429.",
    )
    reconcile_interval_seconds: float = Field(
        default=3600, gt=0, description="Between two looks at what is in Vapi as it shall be."
    )
    compare_calls_interval_seconds: float = Field(
        default=900, gt=0, description="Between two comparisons of Vapi's list of calls with the reports that arrived."
    )
    reports_expected_within_seconds: float = Field(
        default=600, ge=0, description="After the end of its call a report is expected; then it is fetched."
    )
    vapi_webhook_secret: LiveSecrets = Field(
        min_length=1,
        description="What Vapi sends in X-Vapi-Secret; the gateway knows by it that a message is Vapi's. Of several, "
        "with commas between, Vapi is given the first.",
    )
    backend_url: PublicUrl = Field(description="Public base URL of the gateway.")
    webhook_url: PublicUrl | None = Field(
        default=None, description="Where assistants post server messages; {BACKEND_URL}/api/vapi/webhook by default."
    )

    @property
    def webhook(self) -> str:
        return self.webhook_url or f"{self.backend_url}/api/vapi/webhook"
