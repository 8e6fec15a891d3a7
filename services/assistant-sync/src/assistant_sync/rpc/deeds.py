"""What staff did, and who: a line in the log for each."""

from uuid import UUID

from chassis.actor import current_actor
from chassis.logs import get_logger

_log = get_logger()


def note(deed: str, subject: UUID) -> None:
    """`deed` is `noun.verbed`; it is committed. Ids alone: nothing of a person reaches the log."""
    actor = current_actor()
    _log.info(deed, actor=actor.name, caller=actor.caller, subject=str(subject))
