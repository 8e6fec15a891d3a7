"""What the gateway remembers of tenancy's answers, and the watch that says when it is no longer true."""

from dataclasses import dataclass
from typing import Self

from chassis.clock import Clock
from chassis.rpc.client import RpcClient
from gateway.sender.senders import Senders
from tenancy_client import Changes, Routes, RouteWatch, TenancyClient


@dataclass(frozen=True, slots=True)
class Memories:
    changes: Changes
    routes: Routes
    senders: Senders
    watch: RouteWatch

    @classmethod
    def of(cls, tenancy: RpcClient, clock: Clock) -> Self:
        changes = Changes()
        return cls(
            changes,
            routes=Routes(TenancyClient(tenancy), changes),
            senders=Senders(tenancy, changes, clock),
            watch=RouteWatch(tenancy, changes),
        )

    @property
    def entries(self) -> int:
        return len(self.routes)

    @property
    def times_forgotten(self) -> int:
        return self.changes.era

    @property
    def is_watched(self) -> bool:
        return self.watch.is_watching
