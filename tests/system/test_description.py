"""Every example that the documentation shows can be sent as it stands, by whoever fills in who they are."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.openapi.page import curl, operations_of
from tests.system.administering import Desk, new_number
from tests.system.asked import ask_everything
from tests.system.roles import CASES, Case, Roles
from tests.system.running import Running, running_set

SECONDS = 240


@pytest.fixture(scope="session")
async def document(desk: Desk) -> dict[str, Any]:
    told: dict[str, Any] = await desk.told("GET", "/openapi.json")
    return told


def shown(document: dict[str, Any], method: str, path: str) -> str:
    (operation,) = (one for one in operations_of(document) if (one["method"], one["path"]) == (method, path))
    return curl(operation)


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_the_example_of_an_operation_does_what_it_shows(
    roles: Roles, document: dict[str, Any], case: Case
) -> None:
    ids = {"organization_id": roles.north, **await case.ids(roles)}
    command = shown(document, case.method, case.path)
    meant = {"SWITCHBOARD": roles.desk.gateway_url, "KEY": roles.desk.admin_key}
    meant |= {name.upper(): value for name, value in ids.items()}

    answer = await run(roles, command, meant)

    assert answer.status_code == case.allowed, (command, answer.text)


async def run(roles: Roles, command: str, meant: dict[str, str]) -> httpx.Response:
    """The command with its variables and with ids of things that are there."""
    words = shlex.split(re.sub(r"\$(\w+)", lambda name: meant[name[1]], command).replace("\\\n", ""))
    assert words[:2] == ["curl", "-X"]
    method, url, *options = words[2:]
    told = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ", 1) for option, value in told if option == "-H")
    body = next((existing(roles, json.loads(value)) for option, value in told if option == "-d"), None)
    return await roles.desk.http.request(method, url, headers=headers, json=body)


def existing(roles: Roles, example: dict[str, Any]) -> dict[str, Any]:
    """What only this set knows takes the place of what the example names."""
    known = {
        **roles.appointment(),
        "vapiAssistantId": roles.assistant,
        "inbound_phone_number": new_number(),
    }
    return {name: known.get(name, value) for name, value in example.items()}


@pytest.fixture
def set_of_its_own(tmp_path: Path) -> Iterator[Running]:
    """Whoever asks everything that may be asked also deletes and replaces what is there."""
    with running_set(tmp_path / "home") as running:
        yield running


def test_what_the_document_allows_and_what_it_does_not_is_answered_as_it_tells(
    set_of_its_own: Running, tmp_path: Path
) -> None:
    """A few cases an operation; `make hammer` asks a thousand."""
    asked = ask_everything(
        set_of_its_own.stack,
        tmp_path,
        "--phases",
        "examples,fuzzing",
        "--max-examples",
        "2",
        "--seed",
        "1",
        seconds=SECONDS,
    )

    assert asked.returncode == 0, asked.stdout[-10_000:]
