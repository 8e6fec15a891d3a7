"""`switchboard report`: what came of a clinic's calls, as charts, as JSON, or row by row."""

from pathlib import Path
from typing import Annotated

import typer

from switchboard_cli.administration.clinic import clinic
from switchboard_cli.administration.options import HomeOption, JsonOption
from switchboard_cli.administration.saving import save

_PATH = "/api/analytics"


def report(
    *,
    organization: Annotated[
        str | None,
        typer.Option(
            "--organization",
            "--org",
            "-o",
            metavar="ORGANIZATION",
            help="Whose: an id, the beginning of an id, or a name. Without it: the only one there is.",
        ),
    ] = None,
    begins: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="The first day, 2026-11-01, or a time with its offset. 30 days."),
    ] = None,
    ends: Annotated[
        str | None,
        typer.Option("--to", metavar="DAY", help="The day after the last one, or a time likewise. Tomorrow."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the calls there, a row each, as CSV.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what came of a clinic's calls: when they come, what they end in, what they cost, how the tools answer."""
    from switchboard_cli.administration.report_charts import charts

    period = {name: text for name, text in (("from", begins), ("to", ends)) if text}
    with clinic(organization, home, as_json=as_json) as at:
        told = at.get(f"{_PATH}/summary", period)
        at.display.drawing(told, lambda: charts(told, at.name))
        if csv is not None:
            save(at.gateway.download(f"{_PATH}/calls.csv", period, organization=at.id), csv)
            at.display.aside(f"The calls are in {csv}.")
