"""What booking is told from outside."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from chassis.encryption import Sealer
from chassis.settings import HostAndPort, ServerSettings


def _keys(value: SecretStr) -> SecretStr:
    Sealer.from_text(value.get_secret_value())
    return value


class BookingSettings(ServerSettings):
    listen_addr: HostAndPort = Field(default="0.0.0.0:50052", description="host:port this service answers on.")
    switchboard_encryption_keys: Annotated[SecretStr, AfterValidator(_keys)] = Field(
        description="Keys that seal the addresses of calendars outside and what was said in calls: base64 of 32 bytes "
        "each, with commas between. The first seals, all of them open.",
    )
    allow_private_calendars_outside: bool = Field(
        default=False,
        description="Read calendars outside from private addresses and any port too; for development alone.",
    )
