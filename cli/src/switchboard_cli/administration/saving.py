"""Files that are downloaded."""

from collections.abc import Iterable
from pathlib import Path


def save(pieces: Iterable[bytes], file: Path) -> None:
    """All of it, or nothing. Raises Unwritable."""
    from switchboard_cli.administration.errors import Unwritable

    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as written:
            for piece in pieces:
                written.write(piece)
        part.replace(file)
    except OSError as error:
        raise Unwritable(f"{file} cannot be written ({error.strerror}).") from error
    finally:
        part.unlink(missing_ok=True)
