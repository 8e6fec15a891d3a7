"""The services behind the gateway, each over one connection that lasts as long as the process."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from chassis.rpc.client import RpcClient
from gateway.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class Backends:
    tenancy: RpcClient
    booking: RpcClient
    assistant_sync: RpcClient

    @classmethod
    def open(cls, settings: GatewaySettings) -> Self:
        """Needs a running loop; connects when first asked to."""
        token_file = settings.service_token_file
        return cls(
            tenancy=RpcClient(settings.tenancy_addr, token_file=token_file),
            booking=RpcClient(settings.booking_addr, token_file=token_file),
            assistant_sync=RpcClient(settings.assistant_sync_addr, token_file=token_file),
        )

    def by_name(self) -> Mapping[str, RpcClient]:
        return {"tenancy": self.tenancy, "booking": self.booking, "assistant_sync": self.assistant_sync}

    def by_package(self) -> Mapping[str, RpcClient]:
        """By the proto package of the tools that the service answers."""
        return {
            "switchboard.tenancy.v1": self.tenancy,
            "switchboard.booking.v1": self.booking,
            "switchboard.assistants.v1": self.assistant_sync,
        }

    async def connected(self) -> Mapping[str, bool]:
        """Which services are reachable now; begins to connect to those that are not."""
        return {name: await client.is_connected() for name, client in self.by_name().items()}

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self.by_name().values()))
