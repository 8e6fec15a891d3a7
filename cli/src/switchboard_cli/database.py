"""`switchboard db`: what an operator does to a PostgreSQL server once."""

import secrets
from typing import Annotated

import typer

from switchboard_cli.services import BACKENDS

app = typer.Typer(no_args_is_help=True, help="Set up a PostgreSQL server.")


@app.callback()
def database() -> None:
    """Keep `db` a group, whatever number of commands it has."""


@app.command()
def roles(
    database: Annotated[
        str, typer.Option(help="The database the services share, or one service's own.")
    ] = "switchboard",
    service: Annotated[list[str] | None, typer.Option(help="Only this service; may be repeated.")] = None,
) -> None:
    """Print the SQL that a superuser runs once, in a database that exists: roles, schemas, extension.

    Passwords are made up anew at each run; the comments on top tell them, as the URLs to give to the services. Running
    the SQL again changes passwords and nothing else.
    """
    unknown = set(service or ()) - set(BACKENDS)
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: the services with tables are {', '.join(BACKENDS)}.")
    for name in service or BACKENDS:
        typer.echo(_script(name, database))


def _script(service: str, database: str) -> str:
    from chassis.database.roles import roles_sql

    owner, app_role = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    return (
        f"-- {service}: DATABASE_URL=postgresql://{service}_app:{app_role}@HOST/{database}\n"
        f"-- {service}: MIGRATION_DATABASE_URL=postgresql://{service}_owner:{owner}@HOST/{database}\n"
        + roles_sql(service, owner_password=owner, app_password=app_role, database=database)
    )


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="db")
