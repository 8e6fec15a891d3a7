"""`switchboard appointments`: booked, moved and cancelled by staff, under the rules that hold for callers."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration import calendars, contacts, services
from switchboard_cli.administration.bodies import given
from switchboard_cli.administration.clinic import clinic, one
from switchboard_cli.administration.options import HomeOption, JsonOption, LimitOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.display import Column

app = typer.Typer(no_args_is_help=True, help="Appointments: book, move, cancel, say how they ended.")

PATH = "/api/appointments"

AppointmentArgument = Annotated[str, typer.Argument(metavar="APPOINTMENT", help="Its id, as `list` shows it.")]
TimeOption = Annotated[str, typer.Option("--at", help="2027-03-09T10:00 on the calendar's clock, or with an offset.")]


class Status(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


@app.command("list")
def list_appointments(
    *,
    organization: OrganizationOption,
    from_: Annotated[str | None, typer.Option("--from", help="That start then or later: 2027-03-09T00:00Z.")] = None,
    to: Annotated[str | None, typer.Option(help="That start before.")] = None,
    calendar: Annotated[str | None, typer.Option(help="In this calendar.")] = None,
    contact: Annotated[str | None, typer.Option(help="Of this contact.")] = None,
    status: Annotated[Status | None, typer.Option(help="Of this status.")] = None,
    limit: LimitOption = 100,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List appointments by their start."""
    with clinic(organization, home, as_json=as_json) as at:
        query = given(
            **{"from": from_},
            to=to,
            calendar_id=calendar and at.find(calendars.PATH, "calendar", calendar)["id"],
            contact_id=contact and contacts.find_contact(at, contact)["id"],
            status=status,
        )
        at.display.items(at.every(PATH, query, at_most=limit), _columns(), none="No appointment.")


@app.command()
def show(
    appointment: AppointmentArgument,
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an appointment."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.item(at.get(one(PATH, appointment)), _columns())


@app.command()
def book(
    *,
    contact: Annotated[str, typer.Argument(help="Who comes: a name, an id, a number or an address.")],
    organization: OrganizationOption,
    calendar: Annotated[str, typer.Option(help="With whom, or in which room.")],
    service: Annotated[str, typer.Option(help="What for.")],
    starts: TimeOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Book an appointment: at any minute of the opening hours, also sooner than the lead time."""
    from switchboard_cli.administration.instants import read_local

    with clinic(organization, home, as_json=as_json) as at:
        where = at.find(calendars.PATH, "calendar", calendar)
        body = {
            "calendar_id": where["id"],
            "service_id": at.find(services.PATH, "service", service)["id"],
            "contact_id": contacts.find_contact(at, contact)["id"],
            "starts_at": read_local(starts, where["timezone"]),
        }
        at.display.item(at.post(PATH, body), _columns())


@app.command()
def move(
    *,
    appointment: AppointmentArgument,
    organization: OrganizationOption,
    starts: TimeOption,
    calendar: Annotated[str | None, typer.Option(help="To another calendar.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move an appointment, whole or not at all."""
    from switchboard_cli.administration.instants import read_local

    with clinic(organization, home, as_json=as_json) as at:
        where = at.find(calendars.PATH, "calendar", calendar or at.get(one(PATH, appointment))["calendar_id"])
        body = {"calendar_id": where["id"], "starts_at": read_local(starts, where["timezone"])}
        at.display.item(at.patch(one(PATH, appointment), body), _columns())


@app.command()
def cancel(
    appointment: AppointmentArgument,
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel an appointment: its time is free again."""
    with clinic(organization, home, as_json=as_json) as at:
        at.delete(one(PATH, appointment))
        at.display.done("The appointment is cancelled: its time is free again.")


class Ending(StrEnum):
    COMPLETED = "completed"
    NO_SHOW = "no_show"


@app.command()
def end(
    *,
    appointment: AppointmentArgument,
    status: Annotated[Ending, typer.Argument(metavar="completed|no_show", help="Whether the patient came.")],
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how an appointment ended."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.item(at.patch(one(PATH, appointment), {"status": status.value}), _columns())


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [
        Instant("starts", "starts_at"),
        Instant("ends", "ends_at"),
        Column("patient", "patient_name"),
        Column("status", "status"),
        Column("calendar", "calendar_id"),
        Column("service", "service_id"),
        Column("id", "id"),
    ]
