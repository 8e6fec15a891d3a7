"""`switchboard calendars`: what a clinic is booked in, and when it is open."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from switchboard_cli.administration.bodies import given
from switchboard_cli.administration.clinic import clinic, one
from switchboard_cli.administration.options import HomeOption, JsonOption, LimitOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.clinic import Clinic
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.gateway import Item

app = typer.Typer(no_args_is_help=True, help="Calendars: create, change, close and open on days, delete.")

PATH = "/api/calendars"

CalendarArgument = Annotated[
    str, typer.Argument(metavar="CALENDAR", help="Its name, its id, or the beginning of its id.")
]
HoursOption = Annotated[
    list[str] | None,
    typer.Option(help="When it is open: 'mon-fri 08:00-12:00 13:00-17:00'. Once for each kind of day."),
]
DayArgument = Annotated[str, typer.Argument(metavar="DAY", help="As 2027-12-24.")]


@app.command("list")
def list_calendars(organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List a clinic's calendars."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.items(at.every(PATH), _columns(), none="No calendar yet.")


@app.command()
def show(
    calendar: CalendarArgument, organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Show a calendar with its closures and extra openings."""
    with clinic(organization, home, as_json=as_json) as at:
        _show(at, at.find(PATH, "calendar", calendar))


@app.command()
def create(
    *,
    name: Annotated[str, typer.Argument(help="The practitioner or the room, as callers say it.")],
    organization: OrganizationOption,
    timezone: Annotated[str, typer.Option(help="On whose clock it is open, as in the IANA database.")],
    hours: HoursOption = None,
    id_: Annotated[
        str | None, typer.Option("--id", help="A UUID of your choosing: the verb can then be repeated safely.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a calendar. Without hours it is never open."""
    from switchboard_cli.administration.hours import read_week

    with clinic(organization, home, as_json=as_json) as at:
        body = given(name=name, timezone=timezone, opening_hours=read_week(hours), id=id_)
        _show(at, at.post(PATH, body))


@app.command()
def update(
    *,
    calendar: CalendarArgument,
    organization: OrganizationOption,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Its new time zone.")] = None,
    hours: HoursOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a calendar. What is not named stays; hours replace all hours; appointments stay where they are."""
    from switchboard_cli.administration.hours import read_week

    if name is None and timezone is None and hours is None:
        raise typer.BadParameter("Name what to change: --name, --timezone or --hours.")
    with clinic(organization, home, as_json=as_json) as at:
        changes = given(name=name, timezone=timezone, opening_hours=read_week(hours))
        _show(at, at.patch(path_of(at, calendar), changes))


@app.command()
def close(
    *,
    calendar: CalendarArgument,
    day: DayArgument,
    until: Annotated[str | None, typer.Argument(metavar="LAST-DAY", help="The last of several days.")] = None,
    organization: OrganizationOption,
    hours: Annotated[str | None, typer.Option(help="Only then, on each of the days: 12:00-24:00.")] = None,
    reason: Annotated[str, typer.Option(help="For colleagues; callers do not hear it.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close a calendar on a day or several. Appointments stay where they are."""
    from switchboard_cli.administration.hours import read_span

    with clinic(organization, home, as_json=as_json) as at:
        closure: dict[str, Any] = {"first_day": day, "last_day": until or day, "reason": reason}
        if hours is not None:
            closure["from_time"], closure["until_time"] = read_span(hours)
        _show(at, at.post(path_of(at, calendar, "closures"), closure))


@app.command("open")
def open_extra(
    *,
    calendar: CalendarArgument,
    day: DayArgument,
    hours: Annotated[str, typer.Argument(help="As 09:00-12:00.")],
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a calendar on a day beside its weekly hours, also where it is closed."""
    from switchboard_cli.administration.hours import read_span

    with clinic(organization, home, as_json=as_json) as at:
        opens, closes = read_span(hours)
        opening = {"day": day, "opens": opens, "closes": closes}
        _show(at, at.post(path_of(at, calendar, "extra-openings"), opening))


@app.command()
def reset(
    calendar: CalendarArgument,
    day: DayArgument,
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back the closures that begin on a day, and the extra openings on it."""
    with clinic(organization, home, as_json=as_json) as at:
        _show(at, at.delete(one(path_of(at, calendar, "days"), day)))


@app.command()
def delete(
    calendar: CalendarArgument, organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Take a calendar out of use, once no appointment is to come in it."""
    with clinic(organization, home, as_json=as_json) as at:
        found = at.find(PATH, "calendar", calendar)
        at.delete(one(PATH, found["id"]))
        at.display.done(f"{found['name']} is booked no more. What was booked in it stays told.")


@app.command()
def conflicts(
    *,
    calendar: CalendarArgument,
    organization: OrganizationOption,
    limit: LimitOption = 100,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the appointments to come whose time is busy elsewhere: somebody has to move one of the two."""
    from switchboard_cli.administration.display import Column, Instant

    columns = [
        Instant("starts", "starts_at"),
        Instant("ends", "ends_at"),
        Column("busy elsewhere", "busy_times"),
        Column("appointment", "appointment_id"),
    ]
    with clinic(organization, home, as_json=as_json) as at:
        found = at.every(path_of(at, calendar, "conflicts"), at_most=limit)
        at.display.items(found, columns, none="No conflict.")


def path_of(at: "Clinic", calendar: str, part: str = "") -> str:
    """Of the calendar of this name, id, or beginning of an id, or of a part of it. Raises NotOne."""
    path = one(PATH, at.find(PATH, "calendar", calendar)["id"])
    return f"{path}/{part}" if part else path


def _show(at: "Clinic", calendar: "Item") -> None:
    from switchboard_cli.administration.display import Column

    rest = [Column("closed", "closures"), Column("also open", "extra_openings")]
    at.display.item(calendar, [*_columns(), *rest])


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.hours import Week

    return [
        Column("id", "id"),
        Column("name", "name"),
        Column("time zone", "timezone"),
        Week("open", "opening_hours", absent="never"),
    ]
