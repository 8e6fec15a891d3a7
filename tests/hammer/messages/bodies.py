"""The bodies of the fixtures, as of a clinic that exists: its line, its id, and for each call a day and a caller."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

FIXTURES = {
    path.stem: path.read_text() for path in sorted((Path(__file__).parents[2] / "fixtures" / "vapi").glob("*.json"))
}
"""By name, as they were written."""

LINE, CALLER = "+12065550142", "+12065550177"
ORGANIZATION, DAY = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31", "2027-03-09"

_FIRST_DAY, _FIRST_DAY_ASKED_FOR = 3, 90
"""Days from now, of the first wish and of the first question what is free: nobody books on a day that is asked for,
since what is free is told as it is at the time."""

CALLS = sorted({json.loads(text)["message"].get("call", {}).get("id", "") for text in FIXTURES.values()} - {""})
"""Their ids."""

_ASKED = re.compile(rf'(\\?"date\\?": ?\\?"){DAY}')


def bodies_for(number: str, organization_id: str) -> Mapping[str, bytes]:
    """By name. No two calls want the same time or are of the same caller, so that their order decides nothing."""
    return {name: _re_addressed(body, number, organization_id) for name, body in _separated().items()}


@dataclass(frozen=True, slots=True)
class _Separated:
    text: str
    place: int


def _separated() -> Mapping[str, _Separated]:
    calls = [_call_of(name, text) for name, text in FIXTURES.items()]
    places = {call: place for place, call in enumerate(dict.fromkeys(calls))}
    return {name: _Separated(text, places[call]) for (name, text), call in zip(FIXTURES.items(), calls, strict=True)}


def _call_of(name: str, text: str) -> str:
    """What is delivered again is of the same call."""
    call_id: str = json.loads(text)["message"].get("call", {}).get("id", name)
    return call_id


def _re_addressed(body: _Separated, number: str, organization_id: str) -> bytes:
    text = body.text.replace(LINE, number).replace(ORGANIZATION, organization_id)
    text = _ASKED.sub(rf"\g<1>{_day(_FIRST_DAY_ASKED_FOR + body.place)}", text)
    text = text.replace(DAY, _day(_FIRST_DAY + body.place)).replace(CALLER, f"+1206555{2000 + body.place}")
    text = text.replace("odile.ferrant@", f"odile.{body.place}@").replace("Odile Ferrant", f"Odile {_word(body.place)}")
    # What is nobody's is kept once for the same bytes: these are of this clinic alone.
    return (text.rstrip().removesuffix("}") + f', "deliveredTo": "{organization_id}"}}').encode()


def _day(ahead: int) -> str:
    return (date.today() + timedelta(days=ahead)).isoformat()


def _word(place: int) -> str:
    """Names have no figures."""
    return "F" + "".join(chr(ord("a") + int(digit)) for digit in str(place))
