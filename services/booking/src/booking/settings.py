"""What booking is told from outside."""

from pydantic import Field

from chassis.settings import HostAndPort, ServerSettings


class BookingSettings(ServerSettings):
    listen_addr: HostAndPort = Field(default="0.0.0.0:50052", description="host:port this service answers on.")
