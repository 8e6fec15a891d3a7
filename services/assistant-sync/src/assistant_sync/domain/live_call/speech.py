"""What is said of putting callers through, and of hanging up. One line each.

What the assistant is told may tell it what to do next; what is named CALLER_HEARS, or `caller_hears`, is spoken to a
person as it stands.
"""

from collections.abc import Sequence

from assistant_sync.domain.departments.department import Department
from assistant_sync.domain.departments.find_department import Finding, Found, NoSuchDepartment, Unclear

CALLER_HEARS_GOODBYE = "Thank you for calling. Goodbye."
CALLER_HEARS_NOBODY_THERE = "I'm sorry, I cannot put you through at the moment."

_MOST_NAMES = 12
"""More than that nobody listens to."""


def put_through(department: Department) -> str:
    return f"The caller is being put through to {department.name}. Say nothing more."


def not_put_through(department: Department) -> str:
    return (
        f"I'm sorry, the caller could not be put through to {department.name}. "
        "Say so, and offer that the clinic calls back."
    )


def caller_hears(department: Department) -> str:
    return f"I'm putting you through to {department.name}."


def nobody_found(finding: Unclear | NoSuchDepartment) -> str:
    """For the assistant, which can ask."""
    if not finding.departments:
        return (
            "This clinic has not said whom callers can be put through to. "
            "Say that you cannot put them through, and offer that the clinic calls back."
        )
    why = "It is not clear whom the caller means." if isinstance(finding, Unclear) else "There is nobody by that name."
    return f"{why} Ask which of these it shall be: {_names(finding.departments)}."


def caller_hears_of(finding: Finding) -> str:
    """For the caller, where nobody can ask."""
    return caller_hears(finding.department) if isinstance(finding, Found) else CALLER_HEARS_NOBODY_THERE


def _names(departments: Sequence[Department]) -> str:
    return ", ".join(sorted(one.name for one in departments)[:_MOST_NAMES])
