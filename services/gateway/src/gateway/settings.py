"""What the gateway is told by its environment."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from chassis.live_secrets import LiveSecrets
from chassis.settings import HostAndPort, Settings
from gateway.outside.hosts import Hosts


def _hosts(setting: str) -> str:
    Hosts.of(setting)
    return setting


class GatewaySettings(Settings):
    """Read by `python -m gateway`; each field is the environment variable of its name."""

    listen_addr: HostAndPort = Field(default="0.0.0.0:8000", description="host:port the gateway answers HTTP on.")
    tenancy_addr: str = Field(description="host:port of tenancy, or a gRPC target (dns:///host:port).")
    booking_addr: str = Field(description="host:port of booking, or a gRPC target.")
    assistant_sync_addr: str = Field(description="host:port of assistant-sync, or a gRPC target.")
    backend_url: str | None = Field(
        default=None, description="Public base URL; what webhook credentials sign where they sign a URL."
    )
    service_token_file: str | None = Field(
        default=None, description="File with the token this process shows to other services."
    )
    vapi_webhook_secret: LiveSecrets = Field(
        min_length=1,
        description="What Vapi sends in X-Vapi-Secret; messages without it are refused. Several, with commas between, "
        "while one replaces another: each is accepted.",
    )
    rate_limit_per_minute: int = Field(
        default=100,
        ge=1,
        description="Tool calls, and requests with its keys, that an organization without a limit of its own may make.",
    )
    vapi_control_hosts: Annotated[str, AfterValidator(_hosts)] = Field(
        default=".vapi.ai",
        description="Hosts, with commas between, whose URLs are Vapi's control of a live call: callers are put through "
        "there. Over https; 127.0.0.1 or localhost, with a port or without, over http too.",
    )
    vapi_recording_hosts: Annotated[str, AfterValidator(_hosts)] = Field(
        default=".vapi.ai",
        description="Hosts, with commas between, from which recordings of calls are read: Vapi's storage, or a bucket "
        "of your own. Likewise over https, or from this machine.",
    )
    most_messages_in_flight: int = Field(
        default=256,
        ge=1,
        description="Messages that this process answers at once; from half of it on, events are shed.",
    )
    most_lag_seconds: float = Field(
        default=0.4,
        gt=0,
        description="How late this process may come to what is due; from half of it on, events are shed.",
    )
    switchboard_admin_key: SecretStr = Field(
        min_length=1, description="Bearer key of the platform's administrator on the HTTP API."
    )
