"""`/api/calls/completeness`: of how many calls the report is here; and comparing Vapi's calls with what is here."""

from datetime import datetime
from typing import Annotated, ClassVar

from google.protobuf.message import Message
from msgspec import Meta, Struct, field

from chassis.rpc.client import RpcClient
from gateway.http.answers import Accepted, Rfc3339
from gateway.http.bodies import Body
from gateway.http.instants import Instant, timestamp
from gateway.http.operations import Resource, Who, operation, resource
from gateway.http.parameters import Query, malformed_instant
from gateway.routes.listing import instant_in
from switchboard.assistants.v1.vapi_call_service_pb2 import (
    Comparison,
    CountReportsRequest,
    DayOfCalls,
    GetComparisonRequest,
    StartComparisonRequest,
)
from switchboard.assistants.v1.vapi_call_service_pb2_grpc import VapiCallServiceStub


class Period(Query):
    from_: Annotated[Instant | None, Meta(description="Of calls that began from then on; absent: 30 days before.")] = (
        field(name="from", default=None)
    )
    to: Annotated[Instant | None, Meta(description="And before then; absent: now.")] = None


class DayItem(Struct):
    day: Annotated[str, Meta(extra_json_schema={"format": "date"})]
    """In UTC."""
    in_vapi: int
    """Calls that ended, as Vapi lists them."""
    reported: int
    """Of these, those whose report is here."""
    fetched: int
    """Of these, those whose report had been lost and was fetched."""
    missing: int
    """Those whose report is not here."""


class Completeness(Struct):
    days: list[DayItem]


class ComparisonItem(Struct):
    ended_at: Rfc3339 | None
    compared_until: Rfc3339 | None
    """Everything that changed in Vapi before then was compared."""
    under_way: bool
    listed: int
    """Ended calls that Vapi listed, in the last one."""
    nobodys: int
    """Of these, those of which nobody knows whose they are. They are not fetched."""
    missing: int
    """Calls of all organizations whose report is not here."""
    missing_since: Rfc3339 | None


class NewComparison(Body):
    form: ClassVar[str] = '{"since"?: a time with its offset}'
    example: ClassVar = {"since": "2026-11-14T00:00:00Z"}

    since: Instant | None = None
    """Compare what changed in Vapi since then once more; absent: since the last time."""


class CompletenessRoutes:
    def __init__(self, assistant_sync: RpcClient) -> None:
        self._calls = assistant_sync.stub(VapiCallServiceStub)

    def resources(self) -> list[Resource]:
        return [
            resource(
                "/api/calls/completeness",
                GET=operation(
                    self.read, "Read of how many calls the report is here", problems={400: ("MALFORMED_PERIOD",)}
                ),
            ),
            resource(
                "/api/platform/call-comparison",
                GET=operation(self.show, "Read how Vapi's calls were last compared", who=Who.ADMINISTRATOR),
                POST=operation(self.start, "Compare Vapi's calls with what is here", who=Who.ADMINISTRATOR),
            ),
        ]

    async def read(self, period: Period) -> Completeness:
        """By the day in UTC on which they began, the latest first; days without a call are left out."""
        request = CountReportsRequest()
        _set(request, "since", period.from_, "from")
        _set(request, "until", period.to, "to")
        found = await self._calls.CountReports(request)
        return Completeness([_day(one) for one in found.days])

    async def show(self) -> ComparisonItem:
        return _item((await self._calls.GetComparison(GetComparisonRequest())).comparison)

    async def start(self, new: NewComparison) -> Accepted[ComparisonItem]:
        """It goes on by itself; what is missing is fetched from Vapi, and recorded within a minute."""
        request = StartComparisonRequest()
        _set(request, "since", new.since, "since")
        await self._calls.StartComparison(request)
        return Accepted(await self.show())


def _set(request: Message, name: str, instant: datetime | None, told_as: str) -> None:
    """Raises Refused."""
    if instant is not None:
        getattr(request, name).CopyFrom(timestamp(instant, malformed_instant(told_as)))


def _day(told: DayOfCalls) -> DayItem:
    return DayItem(told.day, told.in_vapi, told.reported, told.fetched, told.missing)


def _item(told: Comparison) -> ComparisonItem:
    return ComparisonItem(
        ended_at=instant_in(told, "ended_at"),
        compared_until=instant_in(told, "compared_until"),
        under_way=told.under_way,
        listed=told.listed,
        nobodys=told.nobodys,
        missing=told.missing,
        missing_since=instant_in(told, "missing_since"),
    )
