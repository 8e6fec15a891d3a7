"""`switchboard tunnel` and its options."""

from typing import Annotated

import typer

from switchboard_cli.administration.options import HomeOption
from switchboard_cli.tunnel.ngrok import AGENT


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Assistants in Vapi")(tunnel)


def tunnel(
    url: Annotated[
        str | None,
        typer.Option(
            help="The tunnel's public https URL: cloudflared's, for instance. Without it: NGROK_URL, else ngrok's."
        ),
    ] = None,
    ngrok_agent: Annotated[str, typer.Option(help="Where ngrok's agent on this machine tells its tunnels.")] = AGENT,
    home: HomeOption = None,
) -> None:
    """Point everything in Vapi at a tunnel to this gateway, and back when it ends: Ctrl-C, SIGTERM, or the tunnel gone.

    If it is killed, it puts the old URL back at its next start; so does `switchboard rollout back`.
    """
    from switchboard_cli.administration.desk import desk
    from switchboard_cli.tunnel.public_url import PublicUrl
    from switchboard_cli.tunnel.run import run

    with desk(home) as at:
        run(at, PublicUrl.find(url, ngrok_agent), home)
