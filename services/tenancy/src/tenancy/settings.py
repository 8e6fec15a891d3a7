"""Tenancy's settings."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from chassis.encryption import Sealer
from chassis.settings import HostAndPort, ServerSettings


def _keys(value: SecretStr) -> SecretStr:
    Sealer.from_text(value.get_secret_value())
    return value


class TenancySettings(ServerSettings):
    listen_addr: HostAndPort = Field(
        default="0.0.0.0:50051",  # a pod is reached from outside; who may call is proved by credentials
        description="host:port this service answers on.",
    )
    switchboard_encryption_keys: Annotated[SecretStr, AfterValidator(_keys)] = Field(
        description="Keys that seal webhook credentials and quarantined messages: base64 of 32 bytes each, with commas "
        "between. The first seals, all of them open.",
    )
