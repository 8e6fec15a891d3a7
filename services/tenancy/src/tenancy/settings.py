"""Tenancy's settings."""

from pydantic import Field

from chassis.settings import HostAndPort, ServerSettings


class TenancySettings(ServerSettings):
    listen_addr: HostAndPort = Field(
        default="0.0.0.0:50051",  # a pod is reached from outside; who may call is proved by credentials
        description="host:port this service answers on.",
    )
