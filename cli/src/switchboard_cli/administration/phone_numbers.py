"""`switchboard numbers`: which number is whose, and since when."""

from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration.bodies import given
from switchboard_cli.administration.desk import desk
from switchboard_cli.administration.options import HomeOption, JsonOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.gateway import Gateway, Item

app = typer.Typer(no_args_is_help=True, help="Phone numbers: map, move, release, look up.")

_PATH = "/api/inbound/phone-mappings"

NumberArgument = Annotated[
    str, typer.Argument(metavar="NUMBER", help="With its country code, in any spelling: '+1 (212) 555-0100'.")
]
ClinicNameOption = Annotated[str | None, typer.Option(help="What the clinic calls this line.")]
VapiIdOption = Annotated[str | None, typer.Option(help="Vapi's id of the number, a UUID.")]


@app.command("list")
def list_numbers(
    organization: OrganizationOption,
    former: Annotated[bool, typer.Option("--former", help="Also the numbers that it held once.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List an organization's numbers."""
    with desk(home, as_json=as_json) as at:
        found = _held(at.gateway, _id(at.gateway, organization), former=former)
        at.display.items(found, _columns(), none="It holds no number.")


@app.command("map")
def map_number(
    *,
    number: NumberArgument,
    organization: OrganizationOption,
    clinic_name: ClinicNameOption = None,
    vapi_id: VapiIdOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a number to an organization. Mapping its own number again changes what is named."""
    with desk(home, as_json=as_json) as at:
        body = given(inbound_phone_number=number, clinic_name=clinic_name, vapi_phone_number_id=vapi_id)
        at.display.item(at.gateway.post(_PATH, body, organization=_id(at.gateway, organization)), _columns())


@app.command()
def move(
    *,
    number: NumberArgument,
    from_: Annotated[str, typer.Option("--from", metavar="ORGANIZATION", help="Who holds it now.")],
    to: Annotated[str, typer.Option("--to", metavar="ORGANIZATION", help="Who shall hold it.")],
    clinic_name: ClinicNameOption = None,
    vapi_id: VapiIdOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move a number from one organization to another, at once and in one step. Vapi's id moves along, if none is named.

    Calls that began before stay the former organization's, and so do their reports. While an assistant of the former
    organization stays on the line, its calls are contradictions and are refused: give the line the new one's assistant.
    """
    with desk(home, as_json=as_json) as at:
        holder, receiver = _id(at.gateway, from_), _id(at.gateway, to)
        body = given(
            inbound_phone_number=number, clinic_name=clinic_name, vapi_phone_number_id=vapi_id, move_from=holder
        )
        at.display.item(at.gateway.post(_PATH, body, organization=receiver), _columns())


@app.command()
def release(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The number, or the id of its mapping.")],
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a number away from its organization. Calls that began before stay its own."""
    from switchboard_cli.administration.choice import the_one
    from switchboard_cli.administration.gateway import part

    with desk(home, as_json=as_json) as at:
        holder = _id(at.gateway, organization)
        held = _held(at.gateway, holder, former=False)
        mapping = the_one([one for one in held if _is_called(one, number)], "number", number)
        at.gateway.delete(f"{_PATH}/{part(mapping['id'])}", organization=holder)
        at.display.done(f"{mapping['inbound_phone_number']} belongs to nobody now.")


@app.command()
def lookup(number: NumberArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show whose a number is now, and which assistants that organization has."""
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.gateway import part

    with desk(home, as_json=as_json) as at:
        found = at.gateway.get(f"/api/inbound/phone-lookup/{part(number)}")
        at.display.item(
            found,
            [
                Column("organization", "org_id"),
                Column("number", "inbound_phone_number"),
                Column("clinic's name", "clinic_name"),
                Column("assistants", "assistants", absent="none"),
            ],
        )


def _id(gateway: "Gateway", organization: str) -> str:
    from switchboard_cli.administration.organizations import find_organization

    return str(find_organization(gateway, organization)["id"])


def _held(gateway: "Gateway", organization: str, *, former: bool) -> "list[Item]":
    query = {"with_former": "true"} if former else {}
    return list(gateway.every(_PATH, query, organization=organization))


def _is_called(mapping: "Item", named: str) -> bool:
    return named == mapping["id"] or _digits(named) == _digits(mapping["inbound_phone_number"])


def _digits(number: str) -> str:
    return "".join(letter for letter in number if letter.isdecimal())


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [
        Column("number", "inbound_phone_number"),
        Column("clinic's name", "clinic_name"),
        Instant("held from", "held_from", absent="ever"),
        Instant("until", "held_until", absent="now"),
        Column("Vapi's id", "vapi_phone_number_id"),
        Column("mapping", "id"),
    ]
