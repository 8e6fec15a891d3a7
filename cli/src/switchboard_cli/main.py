"""The `switchboard` command: each room of commands registers its own."""

import typer

from switchboard_cli import database, resolve
from switchboard_cli.administration import commands as administration
from switchboard_cli.administration import doctor
from switchboard_cli.demo import commands as demo
from switchboard_cli.stack import commands as stack
from switchboard_cli.tunnel import commands as tunnel

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals hold keys
    help="Switchboard: one webhook URL, many clinics.",
)
stack.register(app)
demo.register(app)
database.register(app)
administration.register(app)
tunnel.register(app)
app.command()(doctor.doctor)
app.command()(resolve.resolve)

if __name__ == "__main__":
    app()
