"""Every noun's verbs, put onto the command."""

import typer

from switchboard_cli.administration import credentials, keys, organizations, phone_numbers, quarantine
from switchboard_cli.administration.audit import audit

_PANEL = "Administration"


def register(app: typer.Typer) -> None:
    nouns = {
        "organizations": organizations.app,
        "numbers": phone_numbers.app,
        "keys": keys.app,
        "credentials": credentials.app,
    }
    for name, verbs in nouns.items():
        app.add_typer(verbs, name=name, rich_help_panel=_PANEL)
    app.command(rich_help_panel=_PANEL)(audit)
    app.add_typer(quarantine.app, name="quarantine", rich_help_panel=_PANEL)
