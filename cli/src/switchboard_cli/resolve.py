"""`switchboard resolve`: ask tenancy whose call it would be, as any service of ours can."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.stack.commands import DEFAULT_HOME, HomeOption

if TYPE_CHECKING:
    from rich.console import Console

    from switchboard.tenancy.v1.tenancy_service_pb2 import ResolveTenantRequest, ResolveTenantResponse
    from switchboard_cli.stack.home import Home

_SECONDS = 10.0


def resolve(
    *,
    number: Annotated[str, typer.Option(help="The clinic's own line, in any spelling.")] = "",
    phone_number_id: Annotated[str, typer.Option(help="Vapi's id of that line.")] = "",
    assistant_id: Annotated[str, typer.Option(help="Vapi's id of the assistant on it.")] = "",
    metadata: Annotated[str, typer.Option(help="An organization's id, as found in Vapi's metadata.")] = "",
    at: Annotated[
        str | None, typer.Option(metavar="WHEN", help="When the call began, in RFC 3339; without it: now.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines: the response as JSON.")] = False,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Ask the running stack's tenancy whose call it would be, and which evidence says so; exit code 1 if nobody's."""
    import asyncio

    from rich.console import Console

    from chassis.errors import RemoteError
    from switchboard.tenancy.v1.tenancy_service_pb2 import ResolveTenantRequest
    from switchboard_cli.stack.errors import StackError
    from switchboard_cli.stack.home import Home

    request = ResolveTenantRequest(
        called_number=number, phone_number_id=phone_number_id, assistant_id=assistant_id, metadata_org_id=metadata
    )
    if at is not None:
        request.at.FromDatetime(_instant(at))
    console = Console()
    try:
        answer = asyncio.run(_ask(Home(home), request))
    except (StackError, RemoteError) as error:
        told = f"tenancy answers {error.reason}." if isinstance(error, RemoteError) else error
        console.print(f"[red]✗[/red] {told}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    _show(console, answer, as_json=as_json)
    raise typer.Exit(0 if answer.organization_id else 1)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = datetime.min
    if instant.tzinfo is None:
        raise typer.BadParameter("Write it with its offset: 2027-01-31T12:00:00Z.", param_hint="--at")
    return instant


async def _ask(home: "Home", request: "ResolveTenantRequest") -> "ResolveTenantResponse":
    from chassis.deadline import deadline_scope
    from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
    from switchboard_cli.stack.backends import Backends
    from switchboard_cli.stack.status import read_running

    async with Backends.of(read_running(home), home.operator_token) as backends:
        with deadline_scope(_SECONDS):
            answer: ResolveTenantResponse = await backends.tenancy.stub(TenancyServiceStub).ResolveTenant(request)
    return answer


def _show(console: "Console", answer: "ResolveTenantResponse", *, as_json: bool) -> None:
    from google.protobuf.json_format import MessageToJson
    from rich.table import Table

    from switchboard.tenancy.v1.tenancy_service_pb2 import Finding, ResolveTenantResponse

    if as_json:
        typer.echo(MessageToJson(answer, preserving_proto_field_name=True))
        return
    console.print(f"[bold]{ResolveTenantResponse.Outcome.Name(answer.outcome)}[/bold] {answer.organization_id}")
    findings = Table.grid(padding=(0, 2))
    for finding in answer.findings:
        source, verdict = Finding.Source.Name(finding.source), Finding.Verdict.Name(finding.verdict)
        findings.add_row(*(text.lower().replace("_", " ") for text in (source, verdict)), finding.organization_id)
    console.print(findings)
