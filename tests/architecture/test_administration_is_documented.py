"""What can be done with a key is told in a table of tasks: every verb and every route, and none that is not there."""

import re
from pathlib import Path

import typer

from gateway.backends import Backends
from gateway.routes.administration import administration
from gateway.settings import GatewaySettings
from switchboard_cli.administration.commands import register

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENTS = [DOCS / name for name in ("administration.md", "booking.md", "assistants.md", "analytics.md")]
"""What administrators do, and what staff do in their own organization."""


def cells(column: int) -> str:
    """The text of a column of the tables of tasks."""
    return "\n".join(re.split(r"(?<!\\)\|", row)[column] for document in DOCUMENTS for row in rows(document))


def rows(document: Path) -> list[str]:
    (table,) = re.findall(r"^\| task \|.*?\n\|---.*?\n(.*?)\n\n", document.read_text(), re.MULTILINE | re.DOTALL)
    return str(table).splitlines()


def told_verbs() -> set[str]:
    """One cell may tell several of a noun: `keys list`, or its verbs side by side."""
    told = set()
    for noun, verbs in re.findall(r"`([a-z][\w-]*)(?: ((?:[a-z]+(?:-[a-z]+)*(?:\\\|)?)+))?[^`]*`", cells(2)):
        told |= {f"{noun} {verb}".strip() for verb in verbs.split("\\|")}
    return told


def verbs() -> set[str]:
    app = typer.Typer()
    register(app)
    nouns = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group, since it has several
    return {
        f"{noun} {verb}".strip() for noun, group in nouns.items() for verb in getattr(group, "commands", {"": None})
    }


def paths(routes: set[str]) -> set[str]:
    """As they are told: whatever a parameter is called, and one thing of a list beside the list."""
    return {re.sub(r"\{\w+\}", "{}", route).removesuffix("/{}") for route in routes}


def test_every_verb_is_told_and_none_besides() -> None:
    assert told_verbs() == verbs()


async def test_every_route_is_told_and_none_besides() -> None:
    settings = GatewaySettings(
        tenancy_addr="127.0.0.1:1",
        booking_addr="127.0.0.1:1",
        assistant_sync_addr="127.0.0.1:1",
        vapi_webhook_secret="planted",
        switchboard_admin_key="planted",
        _env_file=None,
    )
    backends = Backends.open(settings)
    routes = {resource.path for resource in administration(backends, settings)}
    await backends.close()

    assert paths(set(re.findall(r"/api/[\w/{}-]+(?:\.csv)?", cells(3)))) == paths(routes)
