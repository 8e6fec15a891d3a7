"""`switchboard organizations`: who is served, in which time zone, and whether at all."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from switchboard_cli.administration.desk import desk
from switchboard_cli.administration.options import HomeOption, JsonOption, OrganizationArgument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.gateway import Gateway, Item

app = typer.Typer(no_args_is_help=True, help="Organizations: create, change, suspend, resume.")

_PATH = "/api/organizations"


@app.command("list")
def list_organizations(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List all organizations."""
    with desk(home, as_json=as_json) as at:
        at.display.items(at.gateway.every(_PATH), _columns(), none="No organization yet.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call it.")],
    timezone: Annotated[str, typer.Option(help="Its own time zone, as in the IANA database: America/New_York.")],
    id_: Annotated[
        str | None, typer.Option("--id", help="A UUID of your choosing: the verb can then be repeated safely.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create an organization."""
    with desk(home, as_json=as_json) as at:
        wanted = {"name": name, "timezone": timezone} | ({"id": id_} if id_ else {})
        at.display.item(at.gateway.post(_PATH, wanted), _columns())


@app.command()
def show(organization: OrganizationArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show one organization."""
    with desk(home, as_json=as_json) as at:
        at.display.item(find_organization(at.gateway, organization), _columns())


@app.command()
def update(  # noqa: PLR0917  # options by name, as typer gives them
    organization: OrganizationArgument,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Its new time zone.")] = None,
    rate_limit: Annotated[
        int | None,
        typer.Option(min=0, help="What it may ask for in a minute; 0: what the deployment allows all.", metavar="N"),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change an organization's name, time zone or rate limit. What is not named stays."""
    named = {"name": name, "timezone": timezone, "rate_limit_per_minute": rate_limit}
    changes: dict[str, Any] = {field: value for field, value in named.items() if value is not None}
    if not changes:
        raise typer.BadParameter("Name what to change: --name, --timezone or --rate-limit.")
    if rate_limit == 0:
        changes["rate_limit_per_minute"] = None
    with desk(home, as_json=as_json) as at:
        at.display.item(_change(at.gateway, organization, changes), _columns())


@app.command()
def suspend(organization: OrganizationArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Stop serving an organization: its callers hear a polite sentence. Its data stays; `resume` undoes it."""
    with desk(home, as_json=as_json) as at:
        changed = _change(at.gateway, organization, {"status": "suspended"})
        at.display.done(f"{changed['name']} is suspended: its callers hear a polite sentence.", changed)


@app.command()
def resume(organization: OrganizationArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Serve a suspended organization again."""
    with desk(home, as_json=as_json) as at:
        changed = _change(at.gateway, organization, {"status": "active"})
        at.display.done(f"{changed['name']} is active: its calls are answered.", changed)


def find_organization(gateway: "Gateway", named: str) -> "Item":
    """The one organization of this id, beginning of an id, or name. Raises NotOne, Refused, Unreachable."""
    from switchboard_cli.administration import choice

    try:
        return gateway.get(f"{_PATH}/{UUID(named)}")
    except ValueError:
        pass
    return choice.the_one(choice.named(gateway.every(_PATH), named), "organization", named)


def every_organization(gateway: "Gateway") -> "Iterator[Item]":
    return gateway.every(_PATH)


def only_organization(gateway: "Gateway") -> "Item":
    """The one organization that there is. Raises NotOne, Refused, Unreachable."""
    from switchboard_cli.administration.errors import NotOne

    found = list(gateway.every(_PATH, at_most=2))
    if len(found) != 1:
        raise NotOne("There are several organizations, or none.\nName one with -o; `organizations list` shows them.")
    return found[0]


def _change(gateway: "Gateway", organization: str, changes: "Item") -> "Item":
    return gateway.patch(f"{_PATH}/{find_organization(gateway, organization)['id']}", changes)


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column

    return [
        Column("id", "id"),
        Column("name", "name"),
        Column("time zone", "timezone"),
        Column("status", "status"),
        Column("a minute", "rate_limit_per_minute", absent="default"),
    ]
