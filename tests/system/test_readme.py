"""The README's webhook is what it says: posted as it stands there, answered as it stands there."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import httpx

from switchboard_cli.stack.stack_file import StackFile
from tests.system.running import Clinic
from tests.system.test_webhook import post

README = Path(__file__).parents[2] / "README.md"


async def test_the_readmes_webhook_gets_the_readmes_reply(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    text = README.read_text()
    (posted,) = re.findall(r"-d '(\{.*?\n\})'", text, re.DOTALL)
    (told,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    (program,) = re.findall(r'DAY=\$\(python3 -c "(.*?)"\)', text)
    day = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.strip()
    assert date.fromisoformat(day).isoweekday() in range(1, 6)
    body = json.loads(posted.replace("'$DAY'", day))

    answered = (await post(client, stack, body)).json()

    assert shape(answered) == shape(json.loads(told))
    assert re.fullmatch(
        r"On \w+, \w+ \d+(st|nd|rd|th), 8 AM, 8:15 AM and 12 PM are free\. Which would you like\?",
        answered["results"][0]["result"],
    )


def shape(value: object) -> object:
    """Names and kinds, without the values, which change with the day."""
    match value:
        case dict():
            return {name: shape(one) for name, one in value.items()}
        case list():
            return [shape(value[0])] if value else []
        case _:
            return type(value).__name__
