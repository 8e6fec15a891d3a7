"""`switchboard doctor`: what is not as it should be, and the command that mends it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import typer

from switchboard_cli.administration.desk import desk
from switchboard_cli.administration.options import HomeOption, JsonOption

if TYPE_CHECKING:
    from pathlib import Path

    from switchboard_cli.administration.desk import Desk
    from switchboard_cli.administration.gateway import Gateway, Item

_FAULTS = {
    "loopback": "This posts to a URL that this machine alone reaches",
    "not_https": "This posts to a URL in the clear",
    "foreign": "This posts to a URL that is not this deployment's",
    "answered_by_others": "The calls of this number are answered by somebody else's assistant",
    "two_of_a_name": "This has another tool of the same name as ours, and its model may call either",
}


@dataclass(frozen=True, slots=True)
class Finding:
    is_well: bool
    found: str
    fix: str = ""
    """What mends it."""


def doctor(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Look at the gateway, its services, and the key, URLs and tools in Vapi. Exit code 1 if something is wrong."""
    with desk(home, as_json=as_json) as at:
        findings = []
        for finding in _findings(at.gateway, home):
            findings.append(finding)
            if not as_json:
                _show(at, finding)
        if as_json:
            at.display.item({"findings": [asdict(finding) for finding in findings]}, [])
    raise typer.Exit(0 if all(finding.is_well for finding in findings) else 1)


def _show(at: "Desk", finding: Finding) -> None:
    if finding.is_well:
        at.display.done(finding.found)
    else:
        at.display.warn(f"{finding.found}\n  → {finding.fix}")


def _findings(gateway: "Gateway", home: "Path | None") -> Iterator[Finding]:
    """Each as soon as it is known. Raises Unreachable, and Refused for a key that is not accepted."""
    organizations = list(gateway.every("/api/organizations"))
    yield Finding(is_well=True, found=f"The gateway at {gateway.url} answers and accepts the key.")
    yield from _backends(gateway.get("/ready"))
    yield from _tunnel(gateway, home)
    yield from _rollout(gateway)
    yield from _in_vapi(gateway, organizations)


def _backends(ready: "Item") -> Iterator[Finding]:
    for name, backend in ready["backends"].items():
        reached = f"The gateway reaches {name}."
        away = f"The gateway does not reach {name}."
        fix = f"Start it, and check {name.upper()}_ADDR; its own log names every setting that is missing."
        yield Finding(is_well=True, found=reached) if backend["connected"] else Finding(False, away, fix)


def _tunnel(gateway: "Gateway", home: "Path | None") -> Iterator[Finding]:
    from switchboard_cli.tunnel.mark import Mark

    mark = Mark(home, gateway.url)
    if (url := mark.left_behind()) and not mark.is_held():
        yield Finding(False, f"A tunnel was killed, and Vapi was left pointed at {url}.", "switchboard rollout back")


def _rollout(gateway: "Gateway") -> Iterator[Finding]:
    latest = _if_there(gateway, "/api/assistants/rollouts/latest")
    if latest is None:
        return
    if latest["state"] in ("halted", "paused"):
        fix = "switchboard rollout resume, or: switchboard rollout back"
        yield Finding(False, f"The roll-out to {latest['backend_url']} is {latest['state']}.", fix)
    elif latest["failed"]:
        found = f"{latest['failed']} of the last roll-out do not have {latest['backend_url']}."
        yield Finding(False, found, "switchboard rollout status, then: switchboard rollout resume")


def _in_vapi(gateway: "Gateway", organizations: "list[Item]") -> Iterator[Finding]:
    """Every organization's, until Vapi itself is the trouble."""
    from switchboard_cli.administration.errors import Refused

    if not organizations:
        yield Finding(is_well=True, found="There is no organization yet: Vapi was not asked.")
        return
    by_fix: dict[tuple[str, str], dict[str, None]] = {}
    for organization in organizations:
        try:
            drift = gateway.get("/api/assistants/drift", organization=organization["id"])
        except Refused as refused:
            what, _, fix = str(refused).partition("\n")
            yield Finding(False, what, fix)
            return
        yield from _deleted(organization, drift["assistants"])
        for warning in drift["warnings"]:
            by_fix.setdefault((warning["fault"], warning["fix"]), {})[_warned_of(organization, warning)] = None
    for (fault, fix), things in by_fix.items():
        yield Finding(False, f"{_FAULTS.get(fault, fault)}:\n  " + "\n  ".join(things), fix)
    yield Finding(is_well=True, found="Vapi answers and accepts the key.")


def _deleted(organization: "Item", assistants: "list[Item]") -> Iterator[Finding]:
    for assistant in assistants:
        if assistant["missing"]:
            found = f"{organization['name']}: the {assistant['type']} assistant was deleted in Vapi."
            yield Finding(
                False, found, f"switchboard assistants save {assistant['type']} -o {organization['id']} --recreate"
            )


def _warned_of(organization: "Item", warning: "Item") -> str:
    what = f"{warning['kind'].replace('_', ' ')} {warning['name']}: {warning.get('tool') or warning['url']}"
    # Tools are everybody's.
    return what if warning["kind"] == "tool" else f"{organization['name']}, {what}"


def _if_there(gateway: "Gateway", path: str) -> "Item | None":
    from switchboard_cli.administration.errors import Refused

    try:
        return gateway.get(path)
    except Refused as refused:
        if refused.status == HTTPStatus.NOT_FOUND:
            return None
        raise
