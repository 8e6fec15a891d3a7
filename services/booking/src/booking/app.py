"""Where booking is put together."""

import asyncio

import httpx

from booking.caldav.collections import CaldavCollections
from booking.domain.calls.forget_call_events import ForgetCallEvents
from booking.domain.outside.keep_in_step import KeepInStep
from booking.domain.outside.refresh_busy_times import RefreshBusyTimes
from booking.domain.ports import Analytics, BusySources, Connections, Feeds, Store
from booking.domain.reception.forget_answers import ForgetAnswers
from booking.ics.fetching import Fetcher
from booking.ics.outside import IcsCalendars
from booking.ics.reach import ANYWHERE, PUBLIC, CheckedTransport
from booking.ics.writing import write
from booking.rpc.analytics_service import AnalyticsServicer
from booking.rpc.appointment_service import AppointmentServicer
from booking.rpc.busy_source_service import BusySourceServicer
from booking.rpc.caldav_service import CaldavServicer
from booking.rpc.calendar_service import CalendarServicer
from booking.rpc.call_event_service import CallEventServicer
from booking.rpc.call_service import CallServicer
from booking.rpc.contact_service import ContactServicer
from booking.rpc.feed_service import FeedServicer
from booking.rpc.receptionist_service import ReceptionistServicer
from booking.settings import BookingSettings
from booking.store.analytics import AnalyticsStore
from booking.store.busy_sources import BusySourceStore
from booking.store.call_events import PastEventStore
from booking.store.connections import ConnectionStore
from booking.store.feeds import FeedStore
from booking.store.mirrors import MirrorStore
from booking.store.postgres import PostgresStore
from booking.store.tool_calls import GivenAnswerStore
from chassis.clock import Clock, system_clock
from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.outside.addresses import resolved
from chassis.rpc.server import RpcServer
from switchboard.booking.v1 import (
    analytics_service_pb2,
    analytics_service_pb2_grpc,
    appointment_service_pb2,
    appointment_service_pb2_grpc,
    busy_source_service_pb2,
    busy_source_service_pb2_grpc,
    caldav_service_pb2,
    caldav_service_pb2_grpc,
    calendar_service_pb2,
    calendar_service_pb2_grpc,
    call_event_service_pb2,
    call_event_service_pb2_grpc,
    call_service_pb2,
    call_service_pb2_grpc,
    contact_service_pb2,
    contact_service_pb2_grpc,
    feed_service_pb2,
    feed_service_pb2_grpc,
    receptionist_service_pb2,
    receptionist_service_pb2_grpc,
)

DOMAIN = "booking.switchboard"


def add_services(server: RpcServer, store: Store, clock: Clock = system_clock) -> None:
    """Add every gRPC service of booking to a server."""
    server.add(
        receptionist_service_pb2.DESCRIPTOR.services_by_name["ReceptionistService"].full_name,
        ReceptionistServicer(store, clock),
        receptionist_service_pb2_grpc.add_ReceptionistServiceServicer_to_server,
    )
    server.add(
        calendar_service_pb2.DESCRIPTOR.services_by_name["CalendarService"].full_name,
        CalendarServicer(store, clock),
        calendar_service_pb2_grpc.add_CalendarServiceServicer_to_server,
    )
    server.add(
        appointment_service_pb2.DESCRIPTOR.services_by_name["AppointmentService"].full_name,
        AppointmentServicer(store, clock),
        appointment_service_pb2_grpc.add_AppointmentServiceServicer_to_server,
    )
    server.add(
        contact_service_pb2.DESCRIPTOR.services_by_name["ContactService"].full_name,
        ContactServicer(store, clock),
        contact_service_pb2_grpc.add_ContactServiceServicer_to_server,
    )
    server.add(
        call_service_pb2.DESCRIPTOR.services_by_name["CallService"].full_name,
        CallServicer(store),
        call_service_pb2_grpc.add_CallServiceServicer_to_server,
    )
    server.add(
        call_event_service_pb2.DESCRIPTOR.services_by_name["CallEventService"].full_name,
        CallEventServicer(store),
        call_event_service_pb2_grpc.add_CallEventServiceServicer_to_server,
    )


def add_calendars_outside(
    server: RpcServer, feeds: Feeds, sources: BusySources, refresh: RefreshBusyTimes, clock: Clock = system_clock
) -> None:
    """Add what others see of our calendars, and what we see of theirs."""
    server.add(
        feed_service_pb2.DESCRIPTOR.services_by_name["FeedService"].full_name,
        FeedServicer(feeds, write, clock),
        feed_service_pb2_grpc.add_FeedServiceServicer_to_server,
    )
    server.add(
        busy_source_service_pb2.DESCRIPTOR.services_by_name["BusySourceService"].full_name,
        BusySourceServicer(sources, clock, refresh.wake),
        busy_source_service_pb2_grpc.add_BusySourceServiceServicer_to_server,
    )


def add_analytics(server: RpcServer, analytics: Analytics, clock: Clock = system_clock) -> None:
    """Add what came of calls."""
    server.add(
        analytics_service_pb2.DESCRIPTOR.services_by_name["AnalyticsService"].full_name,
        AnalyticsServicer(analytics, clock),
        analytics_service_pb2_grpc.add_AnalyticsServiceServicer_to_server,
    )


def add_connections(server: RpcServer, connections: Connections, keeper: KeepInStep, clock: Clock) -> None:
    """Add calendars outside that are kept in step with ours."""
    server.add(
        caldav_service_pb2.DESCRIPTOR.services_by_name["CaldavService"].full_name,
        CaldavServicer(connections, clock, keeper.wake),
        caldav_service_pb2_grpc.add_CaldavServiceServicer_to_server,
    )


async def serve(settings: BookingSettings) -> None:
    """Serve until told to stop."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    sealer = Sealer.from_text(settings.switchboard_encryption_keys.get_secret_value())
    sources = BusySourceStore(database, sealer)
    reach = ANYWHERE if settings.allow_private_calendars_outside else PUBLIC
    outside = IcsCalendars(Fetcher(reach))
    refresh = RefreshBusyTimes(sources, outside, system_clock)
    trust = httpx.create_ssl_context()
    collections = CaldavCollections(lambda: CheckedTransport(reach, resolve=resolved, trust=trust))
    keeper = KeepInStep(MirrorStore(database, sealer), collections, system_clock)
    server = RpcServer(settings, domain=DOMAIN)
    add_services(server, PostgresStore(database, sealer))
    add_analytics(server, AnalyticsStore(database))
    add_calendars_outside(server, FeedStore(database), sources, refresh)
    add_connections(server, ConnectionStore(database, sealer), keeper, system_clock)
    forget = ForgetAnswers(GivenAnswerStore(database), system_clock)
    forget_events = ForgetCallEvents(PastEventStore(database), system_clock)
    in_the_background = asyncio.gather(refresh.run(), keeper.run(), forget.run(), forget_events.run())
    try:
        await server.serve_until_told_to_stop()
    finally:
        in_the_background.cancel()
        await asyncio.gather(in_the_background, return_exceptions=True)
        await database.close()
