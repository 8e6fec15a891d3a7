"""Naming one thing among several."""

from collections.abc import Iterable, Sequence

from switchboard_cli.administration.errors import NotOne
from switchboard_cli.administration.gateway import Item


def named(found: Iterable[Item], named: str) -> list[Item]:
    """Those of this name, else those whose id begins so."""
    known = list(found)
    by_name = [one for one in known if one["name"].casefold() == named.casefold()]
    return by_name or [one for one in known if one["id"].startswith(named.lower())]


def the_one(found: Sequence[Item], noun: str, named: str) -> Item:
    """Raises NotOne unless exactly one was found."""
    if not found:
        raise NotOne(f"No {noun} is called {named!r}.\nSee which there are with `list`.")
    if len(found) > 1:
        ids = "\n".join(f"  {one['id']}" for one in found)
        raise NotOne(f"{named!r} names {len(found)} of them. Give the id of one:\n{ids}")
    return found[0]
