"""`switchboard contacts`: whom a clinic knows, what is kept of them, and its end."""

from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration.bodies import given
from switchboard_cli.administration.clinic import clinic, is_id, one
from switchboard_cli.administration.options import HomeOption, JsonOption, LimitOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.clinic import Clinic
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.gateway import Item

app = typer.Typer(no_args_is_help=True, help="Contacts: create, change, export, erase.")

PATH = "/api/contacts"

ContactArgument = Annotated[
    str, typer.Argument(metavar="CONTACT", help="An id, or what finds one person: a name, a number, an address.")
]
PhoneOption = Annotated[str | None, typer.Option(help="With its country code; empty: forgotten.")]
EmailOption = Annotated[str | None, typer.Option(help="Empty: forgotten.")]


@app.command("list")
def list_contacts(
    *,
    organization: OrganizationOption,
    search: Annotated[str, typer.Option(help="Part of a name, or a whole number or address.")] = "",
    limit: LimitOption = 100,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List contacts by name."""
    with clinic(organization, home, as_json=as_json) as at:
        found = at.every(PATH, {"search": search} if search else {}, at_most=limit)
        at.display.items(found, _columns(), none="No contact.")


@app.command()
def show(
    contact: ContactArgument, organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Show a contact."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.item(find_contact(at, contact), _columns())


@app.command()
def create(
    *,
    name: Annotated[str, typer.Argument(help="The person's full name.")],
    organization: OrganizationOption,
    phone: PhoneOption = None,
    email: EmailOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a contact, or show the one that there is of the same person."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.item(at.post(PATH, given(name=name, phone=phone, email=email)), _columns())


@app.command()
def update(
    *,
    contact: ContactArgument,
    organization: OrganizationOption,
    name: Annotated[str | None, typer.Option(help="The person's full name.")] = None,
    phone: PhoneOption = None,
    email: EmailOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a contact. What is not named stays."""
    with clinic(organization, home, as_json=as_json) as at:
        changes = given(name=name, phone=phone, email=email)
        at.display.item(at.patch(one(PATH, find_contact(at, contact)["id"]), changes), _columns())


@app.command()
def export(contact: ContactArgument, organization: OrganizationOption, home: HomeOption = None) -> None:
    """Print everything that is kept of a person, as JSON."""
    with clinic(organization, home, as_json=True) as at:
        at.display.item(at.get(f"{one(PATH, find_contact(at, contact)['id'])}/export"), [])


@app.command()
def erase(
    contact: ContactArgument,
    organization: OrganizationOption,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a person and what tells of them, for good; appointments to come are cancelled. Prints the receipt."""
    from switchboard_cli.administration.display import Column, Instant

    with clinic(organization, home, as_json=as_json) as at:
        found = find_contact(at, contact)
        if not yes:
            typer.confirm(f"Erase the contact {found['id']} for good?", abort=True, err=True)
        receipt = at.delete(one(PATH, found["id"]))
        columns = [Instant("erased", "erased_at"), Column("contact", "contact_id"), Column("receipt", "id")]
        counted = ["appointments", "cancelled", "calls", "tool_calls"]
        at.display.item(receipt, [*columns, *(Column(name.replace("_", " "), name) for name in counted)])


def find_contact(at: "Clinic", named: str) -> "Item":
    """The one contact of this id, or that a search finds. Raises NotOne."""
    from switchboard_cli.administration.choice import the_one

    if is_id(named):
        return at.get(one(PATH, named))
    return the_one(list(at.every(PATH, {"search": named}, at_most=10)), "contact", named)


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [
        Column("name", "name"),
        Column("number", "phone"),
        Column("address", "email"),
        Instant("known since", "created_at"),
        Instant("changed", "updated_at"),
        Column("id", "id"),
    ]
