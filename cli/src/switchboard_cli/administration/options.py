"""Options that several verbs have."""

from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="SWITCHBOARD_HOME",
        help="The home of a running stack. Without it: BACKEND_URL and SWITCHBOARD_ADMIN_KEY, else the stack here.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines: JSON, all pages of a list in one array.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="How many at most.")]
OrganizationArgument = Annotated[
    str, typer.Argument(metavar="ORGANIZATION", help="Its id, the beginning of its id, or its name.")
]
OrganizationOption = Annotated[
    str,
    typer.Option(
        "--organization",
        "-o",
        metavar="ORGANIZATION",
        help="Whose: an id, the beginning of an id, or a name.",
    ),
]
