"""Every noun's verbs, put onto the command."""

import typer

from switchboard_cli.administration import (
    appointments,
    assistants,
    busy_sources,
    calendars,
    calls,
    connections,
    contacts,
    credentials,
    departments,
    feeds,
    keys,
    organizations,
    phone_numbers,
    quarantine,
    rollouts,
    services,
)
from switchboard_cli.administration.audit import audit
from switchboard_cli.administration.call import call
from switchboard_cli.administration.report import report

_PANEL = "Administration"
_OF_A_CLINIC = "Booking"
_IN_VAPI = "Assistants in Vapi"


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
    app.add_typer(assistants.app, name="assistants", rich_help_panel=_IN_VAPI)
    app.add_typer(departments.app, name="departments", rich_help_panel=_IN_VAPI)
    app.add_typer(rollouts.app, name="rollout", rich_help_panel=_IN_VAPI)
    of_a_clinic = {
        "calendars": calendars.app,
        "services": services.app,
        "appointments": appointments.app,
        "contacts": contacts.app,
        "calls": calls.app,
        "feeds": feeds.app,
        "busy-sources": busy_sources.app,
        "connections": connections.app,
    }
    for name, verbs in of_a_clinic.items():
        app.add_typer(verbs, name=name, rich_help_panel=_OF_A_CLINIC)
    app.command(rich_help_panel=_OF_A_CLINIC)(call)
    app.command(rich_help_panel=_OF_A_CLINIC)(report)
