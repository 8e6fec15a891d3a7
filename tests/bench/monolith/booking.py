"""The two tools."""

import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from tests.bench.monolith import speech
from tests.bench.monolith.availability import (
    free_starts,
    is_bookable,
    load_appointments,
    load_calendars,
    load_service,
    next_free_starts,
    occupancy,
    starts,
)
from tests.bench.monolith.models import Appointment, Calendar, Contact, Service, ToolCall
from tests.bench.monolith.schemas import BookClinicAppointment, CheckAvailability

Answer = tuple[str, dict[str, Any]]
"""What is said, and the facts behind it."""


async def check_availability(session: AsyncSession, wish: CheckAvailability) -> Answer:
    calendars, service = await load_calendars(session), await load_service(session, wish.service_type)
    if not calendars or service is None:
        return speech.NOTHING_TO_BOOK, {"outcome": "nothing_to_book"}
    now = datetime.now(UTC)
    if refusal := _outside(calendars[0], service, wish.date, now):
        return refusal
    if free := await free_starts(session, calendars, service, wish.date, now):
        return speech.free(wish.date, free), {"outcome": "free", "date": wish.date.isoformat(), "slots": _iso(free)}
    later = await next_free_starts(session, calendars, service, wish.date, now)
    return speech.nothing_free(wish.date, later), {"outcome": "full", "alternatives": _iso(later)}


async def book(
    session: AsyncSession, org_id: UUID, wish: BookClinicAppointment, phone: str | None, call: str
) -> Answer:
    calendars, service = await load_calendars(session), await load_service(session, wish.service_type)
    if not calendars or service is None:
        return speech.NOTHING_TO_BOOK, {"outcome": "nothing_to_book"}
    now = datetime.now(UTC)
    day = wish.appointment_date
    if refusal := _outside(calendars[0], service, day, now):
        return refusal
    tz = ZoneInfo(calendars[0].timezone)
    start = datetime.combine(day, wish.appointment_time, tz).astimezone(UTC)
    for calendar in calendars:
        if start not in starts(calendar, service, day) or not is_bookable(service, start, now):
            continue
        if appointment := await _take(session, org_id, calendar, service, start, wish, phone, call):
            local = start.astimezone(tz)
            return speech.booked(service.name, local), {
                "outcome": "booked",
                "appointmentId": str(appointment.id),
                "calendarId": str(calendar.id),
                "serviceId": str(service.id),
                "startsAt": local.isoformat(),
                "endsAt": appointment.ends_at.astimezone(tz).isoformat(),
            }
    free = await free_starts(session, calendars, service, day, now)
    return speech.taken(start.astimezone(tz), free), {"outcome": "taken", "alternatives": _iso(free)}


async def _take(
    session: AsyncSession,
    org_id: UUID,
    calendar: Calendar,
    service: Service,
    start: datetime,
    wish: BookClinicAppointment,
    phone: str | None,
    call: str,
) -> Appointment | None:
    # The calendar's row is the lock under which its times are looked at.
    await session.execute(select(Calendar.id).where(Calendar.id == calendar.id).with_for_update())
    wanted = occupancy(service, start)
    if await load_appointments(session, [calendar], _bound(wanted.lower), _bound(wanted.upper)):
        return None
    contact = await _contact(session, org_id, wish, phone)
    appointment = Appointment(
        org_id=org_id,
        calendar_id=calendar.id,
        service_id=service.id,
        contact_id=contact.id,
        starts_at=start,
        ends_at=start + timedelta(minutes=service.duration_minutes),
        occupied=wanted,
        timezone=calendar.timezone,
        local_start=start.astimezone(ZoneInfo(calendar.timezone)).replace(tzinfo=None),
        status="booked",
        vapi_call_id=call,
    )
    # Under the lock the constraint has nothing to say; if it has, the message fails as a whole.
    session.add(appointment)
    await session.flush()
    return appointment


async def _contact(session: AsyncSession, org_id: UUID, wish: BookClinicAppointment, phone: str | None) -> Contact:
    name_key = " ".join(unicodedata.normalize("NFKC", wish.patient_name).casefold().split())
    query = select(Contact).where(Contact.org_id == org_id, Contact.name_key == name_key)
    query = query.where(Contact.phone == phone) if phone else query.where(Contact.email == wish.patient_email)
    contact = (await session.scalars(query)).first()
    if contact is None:
        contact = Contact(
            org_id=org_id, name=wish.patient_name, name_key=name_key, phone=phone, email=wish.patient_email
        )
        session.add(contact)
        await session.flush()
    else:
        contact.name, contact.email = wish.patient_name, wish.patient_email or contact.email
    return contact


async def remember(session: AsyncSession, key: tuple[UUID, str, str], digest: bytes) -> ToolCall | None:
    """Claim a tool call; None if it was made before."""
    org_id, conversation_id, tool_call_id = key
    claimed = await session.scalars(
        insert(ToolCall)
        .values(org_id=org_id, conversation_id=conversation_id, tool_call_id=tool_call_id, arguments_hash=digest)
        .on_conflict_do_nothing()
        .returning(ToolCall)
    )
    return claimed.one_or_none()


def _outside(calendar: Calendar, service: Service, day: date, now: datetime) -> Answer | None:
    today = now.astimezone(ZoneInfo(calendar.timezone)).date()
    if day < today:
        return speech.PAST, {"outcome": "past"}
    if day > today + timedelta(days=service.horizon_days):
        return speech.TOO_FAR_AHEAD, {"outcome": "too_far_ahead"}
    return None


def _bound(moment: datetime | None) -> datetime:
    if moment is None:
        raise ValueError("an appointment has a beginning and an end")
    return moment


def _iso(moments: list[datetime]) -> list[str]:
    return [moment.isoformat() for moment in moments]
