"""`switchboard keys`: API keys of organizations and of the platform's administration."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration.desk import desk
from switchboard_cli.administration.options import HomeOption, JsonOption

if TYPE_CHECKING:
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.gateway import Gateway

app = typer.Typer(
    no_args_is_help=True,
    help="API keys: create, list, revoke.\n\nTo replace one without a refused call: create a second of the same name, "
    "give it to whoever uses the first, see in `list` that the first is no longer used, revoke it.",
)

WhoseOption = Annotated[
    str | None,
    typer.Option("--organization", "-o", metavar="ORGANIZATION", help="Whose: an id, the beginning of one, or a name."),
]
PlatformOption = Annotated[bool, typer.Option("--platform", help="The platform administration's own.")]


class Scope(StrEnum):
    READ = "read"
    WRITE = "write"


@app.command("list")
def list_keys(
    organization: WhoseOption = None,
    platform: PlatformOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List keys, revoked ones too, without the keys themselves."""
    _check(organization, platform=platform)
    with desk(home, as_json=as_json) as at:
        at.display.items(at.gateway.every(_path(at.gateway, organization)), _columns(), none="No key yet.")


@app.command()
def create(
    *,
    name: Annotated[str, typer.Argument(help="What it is for; two of one name may be live.")],
    organization: WhoseOption = None,
    platform: PlatformOption = False,
    scope: Annotated[Scope, typer.Option(help="read: look; write: look and change.")] = Scope.WRITE,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key. It is shown once: on standard output, alone."""
    _check(organization, platform=platform)
    with desk(home, as_json=as_json) as at:
        created = at.gateway.post(_path(at.gateway, organization), {"name": name, "scope": scope.value})
        at.display.secret(created, "api_key", note=f"We keep its SHA-256. Its id is {created['id']}.")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="The key's id, as `list` shows it.")],
    organization: WhoseOption = None,
    platform: PlatformOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a key: its next use is refused."""
    from switchboard_cli.administration.gateway import part

    _check(organization, platform=platform)
    with desk(home, as_json=as_json) as at:
        at.gateway.delete(f"{_path(at.gateway, organization)}/{part(key_id)}")
        at.display.done("The key is revoked: its next use is refused.")


def _check(organization: str | None, *, platform: bool) -> None:
    if (organization is None) is not platform:
        raise typer.BadParameter("Say whose: either --organization ORGANIZATION or --platform.")


def _path(gateway: "Gateway", organization: str | None) -> str:
    if organization is None:
        return "/api/platform/api-keys"
    from switchboard_cli.administration.organizations import find_organization

    return f"/api/organizations/{find_organization(gateway, organization)['id']}/api-keys"


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [
        Column("id", "id"),
        Column("name", "name"),
        Column("scope", "scope"),
        Instant("created", "created_at"),
        Instant("last used", "last_used_at", absent="never"),
        Instant("revoked", "revoked_at", absent="live"),
    ]
