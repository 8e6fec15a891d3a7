"""Asks tenancy whose call it is, and remembers the answer for as long as it is true.

    rpc = RpcClient(settings.tenancy_addr, token_file=settings.service_token_file)
    changes = Changes()
    routes = Routes(TenancyClient(rpc), changes)
    watching = asyncio.create_task(RouteWatch(rpc, changes).run())

    with deadline_scope(2.0):
        answer = await routes.whose(Evidence(called_number="+1 (206) 555-0142", at=call_started_at))
    if answer.whose.outcome is Outcome.RESOLVED:
        routes.keep(answer)  # once the sender has proved who they are; else leave it out
        print(answer.whose.organization)

Whoever asks seldom needs no memory: `await TenancyClient(rpc).whose(evidence, timeout=2.0)`.
"""

from tenancy_client.changes import Changes, Moment, Monotonic
from tenancy_client.client import Finding, Outcome, Source, TenancyClient, Whose
from tenancy_client.evidence import Evidence
from tenancy_client.memory import GOOD_FOR, LAST_KNOWN_GOOD_FOR, Memory, is_away
from tenancy_client.routes import Answer, Routes
from tenancy_client.watch import RouteWatch

__all__ = [
    "GOOD_FOR",
    "LAST_KNOWN_GOOD_FOR",
    "Answer",
    "Changes",
    "Evidence",
    "Finding",
    "Memory",
    "Moment",
    "Monotonic",
    "Outcome",
    "RouteWatch",
    "Routes",
    "Source",
    "TenancyClient",
    "Whose",
    "is_away",
]
