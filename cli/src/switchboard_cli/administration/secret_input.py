"""What nobody shall read over a shoulder, in a list of processes or in a shell's history."""

from typing import TextIO

import typer


def read_secret(file: TextIO | None, question: str) -> str:
    """What stands in the file; else what is typed, unseen."""
    found: str = file.read() if file else typer.prompt(question, hide_input=True, err=True)
    return found.strip("\r\n")
