"""The tables as mapped classes."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKeyConstraint, Text, func
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, TSTZRANGE, Range
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

_SCHEMA = {"schema": "booking"}


class Base(DeclarativeBase):
    type_annotation_map = {str: Text, datetime: TIMESTAMP(timezone=True)}  # noqa: RUF012  # SQLAlchemy's own form


class Calendar(Base):
    __tablename__ = "calendars"
    __table_args__ = _SCHEMA

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    timezone: Mapped[str]
    opening_hours: Mapped[list["OpeningHours"]] = relationship(order_by="OpeningHours.opens_minute", lazy="raise")


class OpeningHours(Base):
    __tablename__ = "opening_hours"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "calendar_id"], ["booking.calendars.org_id", "booking.calendars.id"]),
        _SCHEMA,
    )

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    calendar_id: Mapped[UUID] = mapped_column(primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    opens_minute: Mapped[int] = mapped_column(primary_key=True)
    closes_minute: Mapped[int]


class Service(Base):
    __tablename__ = "services"
    __table_args__ = _SCHEMA

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    duration_minutes: Mapped[int]
    step_minutes: Mapped[int]
    buffer_before_minutes: Mapped[int]
    buffer_after_minutes: Mapped[int]
    lead_time_minutes: Mapped[int]
    horizon_days: Mapped[int]
    default_service: Mapped[bool]


class Contact(Base):
    __tablename__ = "contacts"
    __table_args__ = _SCHEMA

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    name_key: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class Appointment(Base):
    __tablename__ = "appointments"
    __table_args__ = _SCHEMA

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    calendar_id: Mapped[UUID]
    service_id: Mapped[UUID]
    contact_id: Mapped[UUID | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    occupied: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    timezone: Mapped[str]
    local_start: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=False))
    status: Mapped[str]
    vapi_call_id: Mapped[str | None]


class ToolCall(Base):
    __tablename__ = "tool_calls"
    __table_args__ = _SCHEMA

    org_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(primary_key=True)
    tool_call_id: Mapped[str] = mapped_column(primary_key=True)
    arguments_hash: Mapped[bytes]
    say: Mapped[str | None]
    data: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
