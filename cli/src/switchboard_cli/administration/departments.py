"""`switchboard departments`: whom a clinic's callers can be put through to."""

from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration.bodies import given
from switchboard_cli.administration.clinic import clinic, one
from switchboard_cli.administration.options import HomeOption, JsonOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.display import Column

app = typer.Typer(no_args_is_help=True, help="Departments: whom callers are put through to.")

PATH = "/api/departments"

DepartmentArgument = Annotated[
    str, typer.Argument(metavar="DEPARTMENT", help="Its name, its id, or the beginning of its id.")
]
NumberOption = Annotated[str | None, typer.Option(help="Its telephone number, with the country code.")]
SipOption = Annotated[str | None, typer.Option("--sip", help="Instead of a number: sip:….")]
SynonymOption = Annotated[
    list[str] | None,
    typer.Option("--synonym", help="What callers call it otherwise: 'accounts'. Once for each; empty: nothing."),
]
DescriptionOption = Annotated[str | None, typer.Option(help="What it is for.")]
DefaultOption = Annotated[
    bool | None, typer.Option("--default/--no-default", help="Taken where a caller names none; one can be.")
]
AnnouncedOption = Annotated[
    bool | None,
    typer.Option("--announced/--unannounced", help="Whoever picks up is told first what the caller wants."),
]


@app.command("list")
def list_departments(organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List a clinic's departments."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.items(at.every(PATH), _columns(), none="No department yet: callers can be put through to nobody.")


@app.command()
def show(
    department: DepartmentArgument,
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a department."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.item(at.find(PATH, "department", department), _columns())


@app.command()
def create(
    *,
    name: Annotated[str, typer.Argument(help="As it is said to callers.")],
    organization: OrganizationOption,
    number: NumberOption = None,
    sip: SipOption = None,
    synonym: SynonymOption = None,
    description: DescriptionOption = None,
    default: DefaultOption = None,
    announced: AnnouncedOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a department, with a number or a SIP URI."""
    with clinic(organization, home, as_json=as_json) as at:
        body = _body(name, number, sip, synonym, description, default=default, announced=announced)
        at.display.item(at.post(PATH, body), _columns())


@app.command()
def update(
    *,
    department: DepartmentArgument,
    organization: OrganizationOption,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    number: NumberOption = None,
    sip: SipOption = None,
    synonym: SynonymOption = None,
    description: DescriptionOption = None,
    default: DefaultOption = None,
    announced: AnnouncedOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a department. What is not named stays; synonyms replace all of them."""
    with clinic(organization, home, as_json=as_json) as at:
        changes = _body(name, number, sip, synonym, description, default=default, announced=announced)
        found = at.find(PATH, "department", department)
        at.display.item(at.patch(one(PATH, found["id"]), changes), _columns())


@app.command()
def delete(
    department: DepartmentArgument,
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete a department: callers are put through there no more."""
    with clinic(organization, home, as_json=as_json) as at:
        found = at.find(PATH, "department", department)
        at.delete(one(PATH, found["id"]))
        at.display.done(f"Callers are put through to {found['name']} no more.")


def _body(
    name: str | None,
    number: str | None,
    sip: str | None,
    synonyms: list[str] | None,
    description: str | None,
    *,
    default: bool | None,
    announced: bool | None,
) -> dict[str, object]:
    return given(
        name=name,
        number=number,
        sip_uri=sip,
        # Without what is empty: that is how the list is emptied.
        synonyms=None if synonyms is None else [one for one in synonyms if one],
        description=description,
        default_department=default,
        announced=announced,
    )


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column

    return [
        Column("id", "id"),
        Column("name", "name"),
        Column("number", "number"),
        Column("SIP", "sip_uri"),
        Column("also called", "synonyms"),
        Column("default", "default_department"),
        Column("announced", "announced"),
        Column("for", "description"),
    ]
