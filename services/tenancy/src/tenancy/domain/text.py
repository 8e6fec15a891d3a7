"""Text from outside, read strictly."""

from uuid import UUID

LONGEST_LABEL = 200


def uuid_of(text: str) -> UUID | None:
    """The UUID that is written in its usual form of 36 characters, in either case; None for anything else."""
    try:
        value = UUID(text)
    except ValueError:
        return None
    # UUID() also reads braces, URNs and misplaced hyphens; two spellings of one id would be two ids elsewhere.
    return value if str(value) == text.lower() else None


def label(text: str) -> str:
    """A name that people read: one line of printable characters, at most LONGEST_LABEL of them."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:LONGEST_LABEL].rstrip()
