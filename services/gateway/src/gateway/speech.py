"""The one map from what went wrong to what is said of it.

Sentences are true whatever happened behind them (an answer that did not arrive may still have been carried out) and
name nobody. Most are told to an assistant, and tell it what to do next; those named CALLER_HEARS are spoken to a person
as they stand. One line each: Vapi cannot read more.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from chassis.errors import DomainError, Kind
from chassis.tools import ArgumentProblem, Tool

SENTENCES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.INVALID: "One of the details was not understood. Ask the caller to say it again.",
        Kind.UNAUTHENTICATED: "I'm sorry, I cannot do that right now. Offer to take a message.",
        Kind.FORBIDDEN: "I'm sorry, I may not do that on this line. Offer to take a message.",
        Kind.NOT_FOUND: "I could not find that. Ask the caller to check the details.",
        Kind.CONFLICT: "That was asked before with other details. Ask the caller what they would like and try again.",
        Kind.PRECONDITION: "I'm sorry, that is not possible at the moment. Offer to take a message.",
        Kind.RATE_LIMITED: "I'm sorry, there is too much going on at the moment. Try again in a minute.",
        Kind.UNAVAILABLE: (
            "I'm sorry, I cannot reach the clinic's system right now. Nothing is confirmed. "
            "Try once more, or offer that the clinic calls back."
        ),
        Kind.DEADLINE: (
            "I'm sorry, the clinic's system is taking too long. Nothing is confirmed yet. "
            "Try once more, or offer that the clinic calls back."
        ),
        Kind.INTERNAL: (
            "I'm sorry, something went wrong on our side. Nothing is confirmed. Offer that the clinic calls back."
        ),
    }
)

LINE_NOT_KNOWN = (
    "I'm sorry, this line is not connected to a clinic's calendar, so I cannot look anything up or book here. "
    "Ask the caller to contact the clinic directly."
)
SUSPENDED = (
    "I'm sorry, this clinic's telephone service is paused at the moment. Ask the caller to contact the clinic directly."
)
CALLER_HEARS_LINE_NOT_KNOWN = "I'm sorry, this line is not connected to a clinic. Please contact the clinic directly."
CALLER_HEARS_SUSPENDED = (
    "I'm sorry, this clinic's telephone service is paused at the moment. Please contact the clinic directly."
)
CALLER_HEARS_NO_ASSISTANT = (
    "I'm sorry, this clinic's telephone assistant is not set up yet. Please contact the clinic directly."
)
CALLER_HEARS_UNAVAILABLE = "I'm sorry, we cannot take your call right now. Please try again in a few minutes."
CALLER_HEARS_NOT_PUT_THROUGH = "I'm sorry, I cannot put you through at the moment."
CUT_OFF = "The details arrived incomplete. Please try again with all of them."
OVER_LIMIT = SENTENCES[Kind.RATE_LIMITED]
TOO_MANY_CALLS = "That was too much at once. Ask for fewer things at a time, then try this one again."

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LONGEST_NAME = 64


def one_line(text: str) -> str:
    return " ".join(text.split())


def unknown_tool(name: str) -> str:
    named = f"called {one_line(name)[:_LONGEST_NAME]}" if name.strip() else "without a name"
    return f"There is no tool {named} here. Do not try it again; offer what the other tools can do."


def ask_for(problems: Sequence[ArgumentProblem]) -> str:
    """What is missing or wrong, and what to ask the caller."""
    faults = [f"The {_words(problem.name)} {_fault(problem)}." for problem in problems]
    questions = [problem.ask for problem in problems if problem.ask]
    return " ".join([*faults, *([f"Ask the caller: {' '.join(questions)}"] if questions else [])])


def sentence_for(error: DomainError, tool: Tool) -> str:
    """A service's state in words; where it names one of the tool's arguments, what to ask for again."""
    name = error.metadata.get("argument", "")
    if error.kind is Kind.INVALID and name in tool.arguments:
        return ask_for([ArgumentProblem(name=name, missing=False, ask=tool.arguments[name].ask)])
    return SENTENCES[error.kind]


def _words(name: str) -> str:
    return _HUMP.sub(" ", name).lower()


def _fault(problem: ArgumentProblem) -> str:
    return "is missing" if problem.missing else "was not understood"
