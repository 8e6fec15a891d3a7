"""`switchboard services`: what a clinic's calendars are booked for."""

from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration import calendars
from switchboard_cli.administration.bodies import given
from switchboard_cli.administration.clinic import clinic, one
from switchboard_cli.administration.options import HomeOption, JsonOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.clinic import Clinic
    from switchboard_cli.administration.display import Column

app = typer.Typer(no_args_is_help=True, help="Services: create, change, delete.")

PATH = "/api/services"

ServiceArgument = Annotated[
    str, typer.Argument(metavar="SERVICE", help="Its name, its id, or the beginning of its id.")
]
StepOption = Annotated[int | None, typer.Option(help="Starts are offered so many minutes apart, from the opening.")]
BufferBeforeOption = Annotated[int | None, typer.Option(help="Minutes kept free before each appointment.")]
BufferAfterOption = Annotated[int | None, typer.Option(help="Minutes kept free after each appointment.")]
LeadTimeOption = Annotated[
    int | None, typer.Option(help="Callers can start this many minutes from now at the earliest.")
]
HorizonOption = Annotated[int | None, typer.Option(help="Booked up to this many days ahead.")]
DefaultOption = Annotated[
    bool | None, typer.Option("--default/--no-default", help="Booked when a caller does not say what for; one can be.")
]
SynonymOption = Annotated[
    list[str] | None,
    typer.Option("--synonym", help="What callers call it otherwise: 'check-up'. Once for each; empty: nothing."),
]
CalendarOption = Annotated[
    list[str] | None,
    typer.Option("--calendar", metavar="CALENDAR", help="Who offers it. Once for each; empty: everybody."),
]


@app.command("list")
def list_services(organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List a clinic's services."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.items(at.every(PATH), _columns(), none="No service yet.")


@app.command()
def show(
    service: ServiceArgument, organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Show a service."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.item(at.find(PATH, "service", service), _columns())


@app.command()
def create(
    *,
    name: Annotated[str, typer.Argument(help="What people call it.")],
    organization: OrganizationOption,
    duration: Annotated[int, typer.Option(help="How many minutes it takes.")],
    step: StepOption = None,
    buffer_before: BufferBeforeOption = None,
    buffer_after: BufferAfterOption = None,
    lead_time: LeadTimeOption = None,
    horizon: HorizonOption = None,
    default: DefaultOption = None,
    synonym: SynonymOption = None,
    calendar: CalendarOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a service. Without more: starts every 15 minutes, no buffers, up to 180 days ahead, in every calendar."""
    with clinic(organization, home, as_json=as_json) as at:
        body = given(
            name=name,
            duration_minutes=duration,
            step_minutes=step,
            buffer_before_minutes=buffer_before,
            buffer_after_minutes=buffer_after,
            lead_time_minutes=lead_time,
            horizon_days=horizon,
            default_service=default,
            synonyms=_named(synonym),
            calendar_ids=_ids(at, calendar),
        )
        at.display.item(at.post(PATH, body), _columns())


@app.command()
def update(
    *,
    service: ServiceArgument,
    organization: OrganizationOption,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    duration: Annotated[int | None, typer.Option(help="How many minutes it takes.")] = None,
    step: StepOption = None,
    buffer_before: BufferBeforeOption = None,
    buffer_after: BufferAfterOption = None,
    lead_time: LeadTimeOption = None,
    horizon: HorizonOption = None,
    default: DefaultOption = None,
    synonym: SynonymOption = None,
    calendar: CalendarOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a service. What is not named stays; synonyms and calendars replace all of them."""
    with clinic(organization, home, as_json=as_json) as at:
        changes = given(
            name=name,
            duration_minutes=duration,
            step_minutes=step,
            buffer_before_minutes=buffer_before,
            buffer_after_minutes=buffer_after,
            lead_time_minutes=lead_time,
            horizon_days=horizon,
            default_service=default,
            synonyms=_named(synonym),
            calendar_ids=_ids(at, calendar),
        )
        found = at.find(PATH, "service", service)
        at.display.item(at.patch(one(PATH, found["id"]), changes), _columns())


@app.command()
def delete(
    service: ServiceArgument, organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Take a service out of use. Appointments for it stay."""
    with clinic(organization, home, as_json=as_json) as at:
        found = at.find(PATH, "service", service)
        at.delete(one(PATH, found["id"]))
        at.display.done(f"{found['name']} is booked no more. Appointments for it stay.")


def _ids(at: "Clinic", given_names: list[str] | None) -> list[str] | None:
    names = _named(given_names)
    return None if names is None else [str(at.find(calendars.PATH, "calendar", name)["id"]) for name in names]


def _named(names: list[str] | None) -> list[str] | None:
    """Without what is empty: that is how a list is emptied. None where none was given."""
    return None if names is None else [name for name in names if name]


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column

    return [
        Column("id", "id"),
        Column("name", "name"),
        Column("minutes", "duration_minutes"),
        Column("every", "step_minutes"),
        Column("before", "buffer_before_minutes"),
        Column("after", "buffer_after_minutes"),
        Column("lead time", "lead_time_minutes"),
        Column("days ahead", "horizon_days"),
        Column("default", "default_service"),
        Column("also called", "synonyms"),
        Column("calendars", "calendar_ids"),
    ]
