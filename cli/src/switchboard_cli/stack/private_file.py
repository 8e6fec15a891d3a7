"""Files that nobody else may read."""

import os
from pathlib import Path
from typing import BinaryIO


def write_private(path: Path, text: str) -> None:
    """Replace the file as a whole; at no moment is it half-written or open to others."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with open_private(draft, "wb") as file:
        file.write(text.encode())
    draft.replace(path)


def open_private(path: Path, mode: str) -> BinaryIO:
    """Open for writing (`wb`) or appending (`ab`); a file that is created is its owner's alone."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))  # type: ignore[return-value]
