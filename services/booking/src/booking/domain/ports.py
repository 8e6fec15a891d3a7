"""What the use-cases need of the store: one transaction, for one organization."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from booking.domain.analytics.counts import CountedCall, CountedChange, CountedToolUse, Counts
from booking.domain.analytics.report_period import ReportPeriod
from booking.domain.calls.call import Call, CallRecord
from booking.domain.calls.events import CallEvent, Erased
from booking.domain.outside.busy_sources import BusySource, BusyTimes, Conflict, Failure, Lease
from booking.domain.outside.connections import (
    Account,
    Changes,
    Connection,
    Drift,
    Look,
    Mirrored,
    Noticed,
    OurEvent,
    SeenEvent,
    Trouble,
    Waiting,
    WorkLease,
)
from booking.domain.outside.feeds import Feed, Published
from booking.domain.people.contacts import Contact, ContactSearch, KnownContact, Patient
from booking.domain.people.dossiers import Erasure, GivenAnswer
from booking.domain.reception.answers import Answer, Given, ToolCall
from booking.domain.schedule.appointments import Appointment, PatientsAppointment, Position, Selection, Slot, Status
from booking.domain.schedule.availability import Busy
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.grounds import Grounds
from booking.domain.schedule.holds import Asking
from booking.domain.schedule.local_time import Period
from booking.domain.schedule.services import Service
from chassis.tenant import TenantId


class Unit(Protocol):
    """One transaction. Committed when its block ends, rolled back when the block raises.

    A unit of work, not a store per noun: the tool call's claim, the contact, the appointment and the kept answer are
    rows of four tables and happen together or not at all.
    """

    async def record_tool_call(self, call: ToolCall) -> Given | None:
        """Claim a tool call; what was given if it was answered before, waiting for one that is in flight."""

    async def record_answer(self, call: ToolCall, answer: Answer) -> None: ...

    async def bookable(self) -> tuple[Sequence[Calendar], Sequence[Service]]:
        """All calendars in use and all services in use, in one question; in the orders of the next two."""

    async def calendars(self) -> Sequence[Calendar]:
        """All calendars in use, in the order of their ids: whoever locks several does so in this order."""

    async def services(self) -> Sequence[Service]:
        """All services in use, in the order of their names."""

    async def service(self, service_id: UUID) -> Service | None:
        """In use or not: appointments for it stay."""

    async def busy(self, calendars: Sequence[Calendar], period: Period) -> Busy:
        """What is occupied; holds count that are neither over nor the asker's own, and not what was set aside."""

    def decide_by(self, grounds: Grounds) -> None:
        """What is answered is decided by this, for whoever asks later why; of several the first is kept."""

    @property
    def grounds(self) -> Grounds | None: ...

    def set_aside(self, appointment_id: UUID) -> None:
        """From here on the appointment occupies nothing: it is about to move."""

    async def lock(self, calendar: Calendar) -> None:
        """Wait until nobody else writes to the calendar, until the transaction ends."""

    async def lock_people(self, name_key: str) -> None:
        """Wait until nobody else books for anybody of that name, but in the only calendar there is for it.

        Taken after calendars' locks; no further calendar is locked then.
        """

    async def find_contact(self, patient: Patient, vapi_call_id: str | None) -> UUID | None:
        """The id of the patient's contact, if the organization knows them."""

    async def save_contact(self, patient: Patient, vapi_call_id: str | None) -> UUID:
        """The id of the patient's contact: updated if the organization knows them, else new."""

    async def add_appointment(
        self,
        slot: Slot,
        contact_id: UUID,
        vapi_call_id: str | None,
        *,
        told_to: str | None = None,
        calendar_chosen: bool = False,
    ) -> UUID | None:
        """The new appointment's id, or None if the time is occupied or this very wish was fulfilled before.

        Callers of the number `told_to` hear of it. The asker's own hold, wherever it is, has become it.
        """

    async def lock_holds(self, conversation_id: str) -> None:
        """Wait until nobody else holds a slot for it, or records its end. Taken before any calendar's lock."""

    async def has_ended(self, vapi_call_id: str) -> bool:
        """Whether the call is known to have ended."""

    async def hold(self, slot: Slot, until: datetime) -> UUID | None:
        """The id of the asker's one hold, instead of one they had; None if the time is occupied."""

    async def contacts_of_number(self, phone: str) -> Sequence[KnownContact]:
        """Everybody who shares the number (E.164), by name; nobody whose number a caller from elsewhere told."""

    async def appointments_of_number(self, phone: str, after: datetime) -> Sequence[PatientsAppointment]:
        """Those that start later and are told to callers of the number (E.164), cancelled ones too, by start."""

    async def appointments_of_name(self, name_key: str, day: date, after: datetime) -> Sequence[PatientsAppointment]:
        """Those on that day of the clinic's clock that start later, cancelled ones too, of everybody of that name."""

    async def patients_appointment(self, appointment_id: UUID) -> PatientsAppointment | None:
        """As it is now; None if there is none, or nobody's."""

    async def missed(self, subjects: Sequence[bytes], *, since: datetime) -> Mapping[bytes, int]:
        """How many different guesses missed for each; nobody else guesses for it until the transaction ends."""

    async def record_miss(
        self, subjects: Sequence[bytes], guess: bytes, at: datetime, *, forget_before: datetime
    ) -> None:
        """For each of them; what was missed before, by whomever, is forgotten."""

    async def forget_misses(self, subjects: Sequence[bytes]) -> None:
        """Theirs, and those of guesses that begin with one of them."""

    async def lock_appointment(self, appointment_id: UUID) -> PatientsAppointment | None:
        """Likewise, and until the transaction ends. Taken before any calendar's lock, and of one appointment only."""

    async def move(self, appointment_id: UUID, slot: Slot) -> bool:
        """Whether it was moved, under the slot's calendar's lock; not if its patient has just this one already."""

    async def cancel(self, appointment_id: UUID, at: datetime, reason: str) -> None:
        """Frees its time. The reason is in the caller's words; empty if they gave none."""

    async def answered_about(self, call: ToolCall) -> UUID | None:
        """The appointment that this conversation was told of last when it asked just the same under another id."""

    async def same_wish(self, slot: Slot, contact_id: UUID, vapi_call_id: str | None) -> tuple[UUID, UUID] | None:
        """The appointment (id, calendar) this call, or none, made for the same contact, service and time, if it did."""

    async def appointments(self, selection: Selection, after: Position | None, limit: int) -> Sequence[Appointment]:
        """By start, then id; holds are not among them."""

    async def appointment(self, appointment_id: UUID) -> Appointment | None:
        """None for a hold too."""

    async def appointment_to_change(self, appointment_id: UUID) -> Appointment | None:
        """Likewise, and nobody else changes it until the transaction ends. Asked before any calendar is locked."""

    async def set_status(self, appointment_id: UUID, status: Status) -> bool:
        """Whether it could be: not to be booked again if its time is taken. Asked under its calendar's lock."""

    async def contacts(self, search: ContactSearch | None, after: Contact | None, limit: int) -> Sequence[Contact]:
        """By name, then id."""

    async def contact(self, contact_id: UUID) -> Contact | None: ...

    async def contact_to_book_for(self, contact_id: UUID) -> Contact | None:
        """Nobody erases it until the transaction ends."""

    async def contact_to_change(self, contact_id: UUID) -> Contact | None:
        """Nobody else changes it, or books for it, until the transaction ends."""

    async def change_contact(self, contact: Contact, *, phone_entered: bool) -> Contact:
        """Where staff entered the number, or took it away, its callers hear of all that is theirs, and no others do.

        Raises ContactExists.
        """

    async def release_holds(self, vapi_call_id: str) -> None: ...

    async def call_to_record(self, vapi_call_id: str) -> Call:
        """What is known of the call, be it nothing; nobody else changes it until the transaction ends."""

    async def change_call(self, call_id: UUID, record: CallRecord) -> None: ...

    async def calls(self, after: Position | None, limit: int) -> Sequence[Call]:
        """The latest first, without their transcripts, structured data and recordings' addresses."""

    async def call(self, call_id: UUID) -> Call | None: ...

    async def reported_among(self, vapi_call_ids: Collection[str]) -> set[str]:
        """Those of these calls whose report was recorded."""

    async def calls_of(self, contact: Contact) -> Sequence[Call]:
        """Those in which they were booked; and those from their number, if nobody shares it."""

    async def answers_to(self, contact: Contact) -> Sequence[GivenAnswer]:
        """What was answered in these calls, and of their appointments elsewhere."""

    async def calls_to_erase(self, contact: Contact) -> Sequence[str]:
        """The ids of calls that tell of them: from a number that is shared, all but those that booked for another."""

    async def erase_calls(self, vapi_call_ids: Sequence[str]) -> int:
        """Forget who called and what was said, now and whatever is told later; how many had been told of."""

    async def lock_erased_numbers(self) -> None:
        """Whoever records a call waits until the transaction ends. Taken before the calls are looked for."""

    async def keep_erased_number(self, number: str, at: datetime) -> None: ...

    async def number_erased_at(self, number: str, vapi_call_id: str) -> datetime | None:
        """When whoever had the number was erased last, unless the call booked for somebody who has it still."""

    async def share_erased_numbers(self) -> None:
        """Nobody is erased until the transaction ends. Taken before the call's row."""

    async def erase_late_call(self, vapi_call_id: str) -> None:
        """Forget who called, what was said and what was answered in it. Asked when the call is one's own to change."""

    async def erase_tool_calls(self, contact: Contact, vapi_call_ids: Sequence[str]) -> int:
        """Forget what was answered in these calls or of the contact's appointments; how many answers."""

    async def cancel_appointments(self, contact: Contact, now: datetime) -> int:
        """Cancel those to come; how many."""

    async def erase_appointments(self, contact: Contact) -> int:
        """Forget whose they were; how many."""

    async def remove_contact(self, contact: Contact) -> None: ...

    async def keep_erasure(self, erasure: Erasure) -> None: ...

    async def erased_among(self, events: Sequence[CallEvent]) -> Erased:
        """Whose calls and appointments are erased; nobody's are until the transaction ends."""

    async def add_call_events(self, events: Sequence[CallEvent]) -> None:
        """Those whose ids are known already are left as they are."""

    async def call_events(self, vapi_call_id: str, limit: int) -> Sequence[CallEvent]:
        """The first of them in order of time."""

    async def call_of_vapi(self, vapi_call_id: str) -> Call | None: ...

    async def call_events_of(self, contact: Contact) -> Sequence[CallEvent]:
        """What tools were used for in their calls, and about their appointments elsewhere."""

    async def erase_call_events(self, contact: Contact, vapi_call_ids: Sequence[str]) -> None:
        """Forget what was said in these calls, or of the contact's appointments. Whoever adds events waits."""

    async def lock_calendar_names(self) -> None:
        """Wait until nobody else names a calendar, until the transaction ends. Taken before all other locks."""

    async def add_calendar(self, calendar: Calendar) -> Calendar | None:
        """The calendar, or the one that exists under its id; None if that is out of use."""

    async def calendar_to_change(self, calendar_id: UUID) -> Calendar | None:
        """A calendar in use, which nobody else changes until the transaction ends."""

    async def change_calendar(self, calendar: Calendar) -> None: ...

    async def has_appointments_to_come(self, calendar_id: UUID, now: datetime) -> bool:
        """Whether there are appointments, or holds that are not over. Asked under the calendar's lock."""

    async def retire_calendar(self, calendar_id: UUID, now: datetime) -> None: ...

    async def add_service(self, service: Service) -> Service | None:
        """The service, or the one that exists under its id; None if that is out of use.

        Raises ServiceNameTaken, DefaultServiceExists.
        """

    async def service_to_change(self, service_id: UUID) -> Service | None:
        """A service in use, which nobody else changes until the transaction ends."""

    async def change_service(self, service: Service) -> None:
        """Raises ServiceNameTaken, DefaultServiceExists."""

    async def retire_service(self, service_id: UUID, now: datetime) -> None: ...


class Store(Protocol):
    def unit(self, tenant: TenantId, asking: Asking | None = None) -> AbstractAsyncContextManager[Unit]:
        """Without `asking` every hold counts as somebody else's that is not over."""


class Analytics(Protocol):
    """What there is to count; each method is one transaction. Lists are in order of time, then by id."""

    async def counts(self, tenant: TenantId, period: ReportPeriod) -> Counts: ...

    async def calls(
        self, tenant: TenantId, period: ReportPeriod, after: Position | None, limit: int
    ) -> Sequence[CountedCall]: ...

    async def changes(
        self, tenant: TenantId, period: ReportPeriod, after: Position | None, limit: int
    ) -> Sequence[CountedChange]: ...

    async def tool_uses(
        self, tenant: TenantId, period: ReportPeriod, after: Position | None, limit: int
    ) -> Sequence[CountedToolUse]:
        """Without those that were told again."""


class GivenAnswers(Protocol):
    """What tool calls were answered, whoever's they are."""

    async def forget(self, before: datetime, most: int) -> int:
        """Forget tool calls of before then, the oldest first; how many. Delivered again, they are new."""


class PastEvents(Protocol):
    """What happened in calls, whoever's they are; likewise, and how many."""

    async def forget_details(self, before: datetime, most: int) -> int:
        """Of events that were recorded before then, what was said."""

    async def forget(self, before: datetime, most: int) -> int: ...

    async def forget_erased_numbers(self, before: datetime, most: int) -> int:
        """Of whoever was erased before then."""


class Feeds(Protocol):
    """Links to calendars; each method is one transaction."""

    async def add(self, tenant: TenantId, feed: Feed, digest: bytes) -> None:
        """Raises CalendarNotFound, TooManyFeeds."""

    async def list(self, tenant: TenantId, calendar_id: UUID | None) -> Sequence[Feed]:
        """Those of one calendar, in use or not, or of all; the oldest first. Raises CalendarNotFound."""

    async def remove(self, tenant: TenantId, feed_id: UUID) -> None:
        """Raises FeedNotFound."""

    async def published(self, digest: bytes, now: datetime) -> Published:
        """What the link of this digest shows, whoever's it is. Raises FeedNotFound."""


class BusySources(Protocol):
    """Calendars outside; each method is one transaction."""

    async def add(self, tenant: TenantId, source: BusySource, url: str) -> None:
        """Raises CalendarNotFound, TooManyBusySources."""

    async def list(self, tenant: TenantId, calendar_id: UUID | None) -> Sequence[BusySource]:
        """Those of one calendar, in use or not, or of all; the oldest first. Raises CalendarNotFound."""

    async def remove(self, tenant: TenantId, source_id: UUID) -> None:
        """With its busy times. Raises BusySourceNotFound."""

    async def claim(self, now: datetime, until: datetime) -> tuple[TenantId, UUID] | None:
        """One whose time has come and that nobody else reads: ours until then. None if there is none."""

    async def leased(self, tenant: TenantId, source_id: UUID, until: datetime) -> Lease | None:
        """What was claimed until then; None if it is not ours any more."""

    async def replace(self, tenant: TenantId, lease: Lease, read: BusyTimes, now: datetime, due_at: datetime) -> None:
        """Its busy times are those that were read. Ends the lease; nothing happens if it is not ours any more."""

    async def keep(self, tenant: TenantId, lease: Lease, due_at: datetime) -> None:
        """Nothing has changed outside. Ends the lease likewise."""

    async def fail(self, tenant: TenantId, lease: Lease, failure: Failure, due_at: datetime) -> None:
        """Its busy times stay as they were read last. Ends the lease likewise."""

    async def conflicts(
        self, tenant: TenantId, calendar_id: UUID | None, now: datetime, after: Position | None, limit: int
    ) -> Sequence[Conflict]:
        """Appointments that have not ended and whose time is busy outside, by start. Raises CalendarNotFound."""


class CalendarsOutside(Protocol):
    async def busy_times(self, url: str, etag: str | None, within: Period, timezone: str) -> BusyTimes | None:
        """What is busy there; None if it is still what had that ETag. Raises CannotRead.

        Days and times without a zone are the given zone's.
        """


class Connections(Protocol):
    """Calendars outside that are kept in step with ours, as staff see them; each method is one transaction."""

    async def add(self, tenant: TenantId, connection: Connection, password: str, now: datetime) -> None:
        """With its calendar's appointments to come waiting. Raises CalendarNotFound, TooManyConnections."""

    async def list(self, tenant: TenantId, calendar_id: UUID | None) -> Sequence[Connection]:
        """Those of one calendar or of all, the oldest first. Raises CalendarNotFound."""

    async def get(self, tenant: TenantId, connection_id: UUID) -> Connection:
        """Raises ConnectionNotFound."""

    async def replace_password(self, tenant: TenantId, connection_id: UUID, password: str, now: datetime) -> None:
        """It is worked on again from now on. Raises ConnectionNotFound."""

    async def end(self, tenant: TenantId, connection_id: UUID, now: datetime) -> None:
        """Its busy times are gone, and its events wait to be taken away. Raises ConnectionNotFound."""

    async def forget(self, tenant: TenantId, connection_id: UUID) -> None:
        """Raises ConnectionNotFound."""

    async def drift(
        self, tenant: TenantId, calendar_id: UUID | None, now: datetime, after: Position | None, limit: int
    ) -> Sequence[Drift]:
        """Of appointments that have not ended, by start. Raises CalendarNotFound."""

    async def put_back(self, tenant: TenantId, connection_id: UUID, appointment_id: UUID) -> None:
        """What was changed there is to be pushed over. Raises ConnectionNotFound, AppointmentNotFound."""


class Mirrors(Protocol):
    """The same, as they are worked on; each method is one transaction.

    What takes a lease raises LeaseLost, and writes nothing, if the connection is not ours any more.
    """

    async def claim(self, now: datetime, until: datetime) -> tuple[TenantId, UUID] | None:
        """One that has something to do and that nobody else works on: ours until then. None if there is none."""

    async def leased(self, tenant: TenantId, connection_id: UUID, until: datetime) -> WorkLease:
        """What was claimed until then."""

    async def confirm(self, tenant: TenantId, lease: WorkLease) -> None:
        """It is still ours."""

    async def renew(self, tenant: TenantId, lease: WorkLease, until: datetime) -> None:
        """It is ours until then."""

    async def waiting(self, tenant: TenantId, lease: WorkLease, now: datetime, most: int) -> Sequence[Waiting]:
        """Whose time has come, those that have waited longest first."""

    async def mirrored(self, tenant: TenantId, lease: WorkLease, appointment_id: UUID) -> Mirrored: ...

    async def all_mirrored(self, tenant: TenantId, lease: WorkLease, ended_after: datetime) -> Mapping[UUID, Mirrored]:
        """Those that were ever pushed, by appointment."""

    async def announce(self, tenant: TenantId, lease: WorkLease, appointment_id: UUID, version: int) -> None:
        """An event may be there from now on."""

    async def pushed(
        self, tenant: TenantId, lease: WorkLease, waiting: Waiting, found: Noticed, *, version: int, now: datetime
    ) -> None:
        """The event is as it was found. It waits no longer, unless it has changed here meanwhile."""

    async def taken_away(self, tenant: TenantId, lease: WorkLease, waiting: Waiting, now: datetime) -> None:
        """Likewise: there is no event."""

    async def leave(self, tenant: TenantId, lease: WorkLease, waiting: Waiting) -> None:
        """Likewise: there is nothing to push."""

    async def put_off(self, tenant: TenantId, lease: WorkLease, waiting: Waiting, due_at: datetime) -> None:
        """It was tried, and waits until then."""

    async def looked(self, tenant: TenantId, lease: WorkLease, look: Look, now: datetime, look_at: datetime) -> None:
        """What was found, and when it is looked for again."""

    async def release(self, tenant: TenantId, lease: WorkLease, resumes_at: datetime) -> None:
        """Ends the lease; nobody takes it up before. One that is ending is gone, if nothing of ours is there now."""

    async def rest(self, tenant: TenantId, lease: WorkLease, trouble: Trouble, until: datetime | None) -> None:
        """Ends the lease, and leaves the connection in peace; None: until it is given a password."""


class CollectionOutside(Protocol):
    """A calendar outside. Everything raises Troubled."""

    async def put(self, name: str, event: OurEvent, etag: str | None) -> str | None:
        """Writes over the event that has that ETag, or where there is none; None if it does not tell the new ETag.

        Raises ChangedOutside, EventRefused.
        """

    async def delete(self, name: str, etag: str | None) -> None:
        """Deletes the event that has that ETag, or any; that it is gone already is fine. Raises ChangedOutside."""

    async def find(self, names: Sequence[str]) -> Mapping[str, SeenEvent]:
        """Those that are there."""

    async def changes(self, seen: str | None) -> Changes:
        """What is new since that state was seen; everything, if it was not or cannot be told from now."""

    async def busy_times(
        self, ours: Collection[str], uid_ending: str, within: Period, timezone: str
    ) -> Sequence[Period]:
        """When its events keep it busy, but those that are ours: of these names, or with UIDs that end so.

        Days and times without a zone are the given zone's.
        """


class CollectionsOutside(Protocol):
    def open(self, account: Account) -> AbstractAsyncContextManager[CollectionOutside]: ...
