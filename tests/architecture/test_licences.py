"""Licences that ask for more than a notice are a decision, which names what is under one."""

import re
from collections.abc import Iterable
from importlib.metadata import PackageMetadata, distributions, metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
DECISION = (ROOT / "docs/decisions/0009-dependencies.md").read_text()
IN_THE_IMAGE = (ROOT / "deploy/requirements.lock").read_text()
_COPYLEFT = re.compile(r"\b[AL]?GPL|General Public License", re.IGNORECASE)


def copyleft(packages: Iterable[PackageMetadata]) -> set[str]:
    """The names of those whose metadata says so, as a lock spells them."""
    return {re.sub(r"[-_.]+", "-", one["Name"]).lower() for one in packages if _COPYLEFT.search(_licence(one))}


def _licence(package: PackageMetadata) -> str:
    # Some put the whole text into the old field: its first line names it.
    old = [line for text in package.get_all("License") or [] for line in text.strip().splitlines()[:1]]
    classifiers = [one for one in package.get_all("Classifier") or [] if one.startswith("License ::")]
    return " ".join([*(package.get_all("License-Expression") or []), *old, *classifiers])


def test_every_package_under_such_a_licence_is_named_in_the_decision() -> None:
    installed = copyleft(one.metadata for one in distributions())
    assert {"radicale", "recurring-ical-events", "x-wr-timezone"} <= installed
    assert [name for name in sorted(installed) if name not in DECISION.lower()] == []


def test_the_image_has_the_two_that_are_decided_on_and_no_more() -> None:
    names = re.findall(r"^([\w.-]+)==", IN_THE_IMAGE, re.MULTILINE)
    assert copyleft(metadata(name) for name in names) == {"recurring-ical-events", "x-wr-timezone"}
