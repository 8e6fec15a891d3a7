"""The demo's command; what it does is imported only when it runs."""

import typer


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo() -> None:
    """Play real calls of two clinics on one URL, and check what came of them."""
    from switchboard_cli.demo.run import run

    raise typer.Exit(run())
