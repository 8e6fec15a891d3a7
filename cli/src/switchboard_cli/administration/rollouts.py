"""`switchboard rollout`: another URL for all assistants, tools and phone numbers in Vapi."""

from typing import TYPE_CHECKING, Annotated

import typer

from switchboard_cli.administration.bodies import given
from switchboard_cli.administration.desk import desk
from switchboard_cli.administration.options import HomeOption, JsonOption

if TYPE_CHECKING:
    from switchboard_cli.administration.desk import Desk
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.gateway import Gateway, Item

app = typer.Typer(
    no_args_is_help=True,
    help="Roll-outs of another URL to everything in Vapi: start, follow, pause, resume, take back.",
)

START = "/api/assistants/rollout"
ROLLOUTS = "/api/assistants/rollouts"

RolloutArgument = Annotated[str, typer.Argument(metavar="ROLLOUT", help="Its id; without it: the latest.")]
NoWaitOption = Annotated[bool, typer.Option("--no-wait", help="Do not follow it: it goes on by itself.")]


@app.command()
def start(
    *,
    url: Annotated[
        str | None, typer.Argument(metavar="URL", help="The gateway's public URL; without it: its BACKEND_URL.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    canaries: Annotated[int | None, typer.Option(min=1, help="How many assistants go first; 1 without it.")] = None,
    no_wait: NoWaitOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Point everything at a URL: a few assistants first; the rest once these are seen to have it.

    Ctrl-C ends the display; the roll-out goes on. Exit code 1 if something does not have the URL at the end.
    """
    with desk(home, as_json=as_json) as at:
        if dry_run:
            _show_plan(at, at.gateway.post(START, given(backend_url=url, dry_run=True))["targets"])
            return
        started = at.gateway.post(START, given(backend_url=url, canaries=canaries))
        _follow_and_show(at, started, no_wait=no_wait)


@app.command()
def status(
    rollout: RolloutArgument = "latest",
    every: Annotated[bool, typer.Option("--targets", help="Show each assistant, tool and number.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it ends.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a roll-out, and what of it is in trouble."""
    with desk(home, as_json=as_json) as at:
        found = at.gateway.get(path_of(rollout))
        if every:
            at.display.items(_targets(at.gateway, found), _target_columns(), none="It is of nothing.")
            return
        _follow_and_show(at, found, no_wait=not watch)


@app.command()
def pause(rollout: RolloutArgument = "latest", home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Begin nothing further until it is resumed."""
    with desk(home, as_json=as_json) as at:
        _show(at, at.gateway.post(f"{path_of(rollout)}/pause", {}))


@app.command()
def resume(
    rollout: RolloutArgument = "latest",
    no_wait: NoWaitOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on; what failed is tried again."""
    with desk(home, as_json=as_json) as at:
        _follow_and_show(at, at.gateway.post(f"{path_of(rollout)}/resume", {}), no_wait=no_wait)


@app.command()
def back(
    rollout: RolloutArgument = "latest",
    no_wait: NoWaitOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give everything that was changed the URL that it had before."""
    with desk(home, as_json=as_json) as at:
        _follow_and_show(at, at.gateway.post(f"{path_of(rollout)}/rollback", {}), no_wait=no_wait)


def path_of(rollout: str) -> str:
    from switchboard_cli.administration.gateway import part

    return f"{ROLLOUTS}/{part(rollout)}"


def _follow_and_show(at: "Desk", rollout: "Item", *, no_wait: bool) -> None:
    """Ends the command with exit code 1 if something does not have its URL."""
    from switchboard_cli.administration.following import follow

    _show(at, rollout if no_wait else follow(at, rollout))


def _show(at: "Desk", rollout: "Item") -> None:
    at.display.item(rollout, _columns())
    if at.display.is_for_machines or not (failed := _failed(at.gateway, rollout)):
        raise typer.Exit(1 if rollout["failed"] or rollout["state"] == "halted" else 0)
    at.display.items(failed, _target_columns(), none="")
    at.display.warn(f"switchboard rollout resume {rollout['id']} tries these again; back takes the roll-out back.")
    raise typer.Exit(1)


def _failed(gateway: "Gateway", rollout: "Item") -> "list[Item]":
    """Those in trouble are listed first."""
    if not rollout["failed"]:
        return []
    targets = _targets(gateway, rollout, at_most=rollout["failed"])
    return [target for target in targets if target["state"] == "failed"]


def _targets(gateway: "Gateway", rollout: "Item", at_most: int | None = None) -> "list[Item]":
    """With where each posts, as far as it is known."""
    targets = gateway.every(f"{path_of(rollout['id'])}/targets", at_most=at_most)
    return [
        target | {"posts_to": target["url_after" if target["state"] == "pointed" else "url_before"]}
        for target in targets
    ]


def _show_plan(at: "Desk", targets: "list[Item]") -> None:
    changed = [target for target in targets if target["url_before"] != target["url_after"]]
    at.display.items(changed, _plan_columns(), none="Everything in Vapi has that URL.")
    if changed and (same := len(targets) - len(changed)):
        at.display.aside(f"{same} more have it already.")


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [
        Column("roll-out", "id"),
        Column("state", "state"),
        Column("to", "backend_url"),
        Column("from", "previous_backend_url"),
        Instant("started", "started_at"),
        Instant("ended", "ended_at", absent="not yet"),
        Column("waiting", "waiting"),
        Column("pointed", "pointed"),
        Column("failed", "failed"),
        Column("still at the previous URL", "at_previous_url"),
    ]


def _plan_columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column

    return [
        Column("what", "kind"),
        Column("name", "name"),
        Column("organization", "organization_id", absent="all"),
        Column("posts to", "url_before", absent="nothing"),
        Column("shall post to", "url_after"),
    ]


def _target_columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.sync_state import Reason

    return [*_plan_columns()[:3], Column("posts to", "posts_to"), Column("state", "state"), Reason("because", "reason")]
