"""How a use of a tool ended: with what was asked for, with a reason why not, or with a failure."""

SAID, REPLAYED = "said", "replayed"
"""How a use ended that did not fail; a replayed one is told again, and counted once."""

NO_ANSWERS = frozenset(
    {
        "full",
        "closed",
        "nothing_free",
        "taken",
        "not_a_start",
        "past",
        "past_year",
        "wrong_weekday",
        "too_far_ahead",
        "no_such_time",
        "time_occurs_twice",
        "unknown_service",
        "unknown_practitioner",
        "nothing_to_book",
        "free_but_not_held",
        "not_movable",
        "no_appointment",
        "which_appointment",
        "caller_unknown",
        "staff_will_help",
        # Of transferCall, which is another service's.
        "no_department",
        "not_put_through",
    }
)
"""Outcomes of tool calls that did not give what was asked for."""

GIVEN = frozenset(
    {
        "free",
        "free_days",
        "held",
        "booked",
        "already_booked",
        "moved",
        "already_then",
        "cancelled",
        "already_cancelled",
        "appointments",
        "caller_known",
    }
)
"""Outcomes that did. What is in neither is a word of another service's, and counts as given."""


def failure(ended: str) -> str | None:
    """The reason of the failure; None if there was none."""
    return None if ended in (SAID, REPLAYED) else ended


def no_answer(ended: str, outcome: str | None) -> str | None:
    """Why what was asked for was not given; None if it was, or the tool failed."""
    return outcome if ended == SAID and outcome in NO_ANSWERS else None
