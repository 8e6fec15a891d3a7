"""`switchboard credentials`: what an organization's own Vapi account proves itself with."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration.desk import desk
from switchboard_cli.administration.options import HomeOption, JsonOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.gateway import Gateway, Item

app = typer.Typer(
    no_args_is_help=True,
    help="Webhook credentials: create, list, revoke.\n\nTwo can be live at once. To replace one without a refused "
    "call: create a second, give it to Vapi, see in `list` that the first is used no more, revoke the first.",
)


class Type(StrEnum):
    SECRET = "secret"  # noqa: S105  # a kind of credential, not one
    BEARER = "bearer"
    HMAC = "hmac"


class Algorithm(StrEnum):
    SHA256 = "sha256"
    SHA512 = "sha512"
    SHA1 = "sha1"


class Encoding(StrEnum):
    HEX = "hex"
    BASE64 = "base64"


_HMAC = "HMAC, as Vapi's plan"


@app.command("list")
def list_credentials(organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List an organization's credentials without their secrets, with how often each was used."""
    with desk(home, as_json=as_json) as at:
        found = at.gateway.every(_path(at.gateway, organization))
        at.display.items(found, _columns(), none="None: its messages are verified by the platform's secret.")


@app.command()
def create(
    *,
    organization: OrganizationOption,
    type: Annotated[  # noqa: A002  # the option's name is Vapi's
        Type, typer.Option(help="secret: in X-Vapi-Secret; bearer: in a header; hmac: a signature.")
    ] = Type.SECRET,
    name: Annotated[str, typer.Option(help="What it is for; shown in lists.")] = "",
    secret_file: Annotated[
        typer.FileText | None,
        typer.Option(help="A file with a secret that exists already; - for standard input. Without it one is made up."),
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="WHEN", help="Not accepted before: 2h, 7d, or RFC 3339.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Not accepted after: 2h, 7d, or RFC 3339.")] = None,
    header_name: Annotated[str | None, typer.Option(help="bearer: its header; else Authorization.")] = None,
    no_prefix: Annotated[
        bool, typer.Option("--no-prefix", help="bearer: the header says no `Bearer ` before it.")
    ] = False,
    algorithm: Annotated[Algorithm | None, typer.Option(rich_help_panel=_HMAC, help="Else sha256.")] = None,
    signature_header: Annotated[str | None, typer.Option(rich_help_panel=_HMAC, help="Else x-signature.")] = None,
    signature_prefix: Annotated[
        str | None, typer.Option(rich_help_panel=_HMAC, help="What stands before the signature: 'sha256='.")
    ] = None,
    signature_encoding: Annotated[Encoding | None, typer.Option(rich_help_panel=_HMAC, help="Else hex.")] = None,
    timestamp_header: Annotated[str | None, typer.Option(rich_help_panel=_HMAC, help="Else x-timestamp.")] = None,
    no_timestamp: Annotated[bool, typer.Option("--no-timestamp", rich_help_panel=_HMAC, help="None is sent.")] = False,
    payload_format: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=_HMAC,
            help="What is signed: {body}, with any of {timestamp} {method} {url} {svix-id}. Else {timestamp}.{body}.",
        ),
    ] = None,
    message_id_header: Annotated[
        str | None, typer.Option(rich_help_panel=_HMAC, help="The header with {svix-id}.")
    ] = None,
    secret_is_base64: Annotated[
        bool, typer.Option("--secret-is-base64", rich_help_panel=_HMAC, help="The secret is base64 of the key.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a credential. Its secret is shown once: on standard output, alone."""
    from switchboard_cli.administration.instants import read_instant

    secret = secret_file.read().strip() if secret_file else None
    plan = _plan(
        type,
        bearer=_given(headerName=header_name, bearerPrefixEnabled=False if no_prefix else None),
        hmac=_given(
            algorithm=algorithm,
            signatureHeader=signature_header,
            signaturePrefix=signature_prefix,
            signatureEncoding=signature_encoding,
            timestampHeader=timestamp_header,
            includeTimestamp=False if no_timestamp else None,
            payloadFormat=payload_format,
            messageIdHeader=message_id_header,
            secretIsBase64=secret_is_base64 or None,
        ),
        secret=secret,
    )
    with desk(home, as_json=as_json) as at:
        body = _given(name=name or None, plan=plan, not_before=read_instant(from_), not_after=read_instant(until))
        created = at.gateway.post(_path(at.gateway, organization), body)
        at.display.secret(created, "secret", note=f"Give it to Vapi. We keep it encrypted. Its id is {created['id']}.")


@app.command()
def revoke(
    credential_id: Annotated[str, typer.Argument(metavar="CREDENTIAL", help="Its id, as `list` shows it.")],
    organization: OrganizationOption,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a credential: a message that shows it is refused."""
    from switchboard_cli.administration.gateway import part

    with desk(home, as_json=as_json) as at:
        at.gateway.delete(f"{_path(at.gateway, organization)}/{part(credential_id)}")
        at.display.done("The credential is revoked: messages that show it are refused.")


def _plan(of_type: Type, *, bearer: "Item", hmac: "Item", secret: str | None) -> "Item":
    """Vapi's authenticationPlan. Raises typer.BadParameter for options of another type."""
    if (bearer and of_type is not Type.BEARER) or (hmac and of_type is not Type.HMAC):
        raise typer.BadParameter(f"Some of these options are not for --type {of_type}; see --help.")
    match of_type:
        case Type.SECRET:
            return _given(type="secret", secret=secret)
        case Type.BEARER:
            return _given(type="bearer", token=secret) | bearer
        case Type.HMAC:
            return _given(type="hmac", algorithm=Algorithm.SHA256, secretKey=secret) | hmac


def _path(gateway: "Gateway", organization: str) -> str:
    from switchboard_cli.administration.organizations import find_organization

    return f"/api/organizations/{find_organization(gateway, organization)['id']}/webhook-credentials"


def _given(**fields: object) -> "Item":
    return {name: value for name, value in fields.items() if value is not None}


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [
        Column("id", "id"),
        Column("name", "name"),
        Column("plan", "plan"),
        Instant("from", "not_before", absent="its creation"),
        Instant("until", "not_after", absent="revoked"),
        Column("uses", "uses"),
        Instant("last used", "last_used_at", absent="never"),
    ]
