"""What the simulated account holds: assistants, tools, phone numbers and calls, as plain JSON objects."""

import json
import os
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

RESOURCES = ("assistant", "tool", "phone-number", "call")

Item = dict[str, Any]


class NotFoundError(LookupError):
    """No such item."""


class PinnedError(Exception):
    """The item is pinned to a version and cannot be deleted."""


class Store:
    """Kept in memory, and in `state_file` after each change if one is given (readable by its owner alone)."""

    def __init__(self, state_file: Path | None = None) -> None:
        self._state_file = state_file
        self.org_id = str(uuid.uuid4())
        self._items: dict[str, dict[str, Item]] = {resource: {} for resource in RESOURCES}
        self._pinned: set[str] = set()
        self._last_stamp = datetime.min.replace(tzinfo=UTC)
        if state_file is not None and state_file.exists():
            self._load(state_file)

    def list(self, resource: str, keep: Callable[[Item], bool], limit: int) -> list[Item]:
        """Newest first."""
        newest_first = sorted(self._items[resource].values(), key=lambda item: item["createdAt"], reverse=True)
        return [item for item in newest_first if keep(item)][:limit]

    def get(self, resource: str, item_id: str) -> Item:
        try:
            return self._items[resource][item_id]
        except KeyError:
            raise NotFoundError(f"Couldn't find {resource} {item_id}.") from None

    def create(self, resource: str, fields: Mapping[str, Any]) -> Item:
        now = self._stamp()
        item = {
            "id": str(uuid.uuid4()),
            "orgId": self.org_id,
            "createdAt": now,
            "updatedAt": now,
            **{field: value for field, value in fields.items() if value is not None},
        }
        self._items[resource][item["id"]] = item
        self._save()
        return item

    def patch(self, resource: str, item_id: str, fields: Mapping[str, Any]) -> Item:
        """Shallow, as Vapi's is: a sent field replaces the old one whole, null removes it."""
        merged = {**self.get(resource, item_id), **fields, "updatedAt": self._stamp()}
        item = {field: value for field, value in merged.items() if value is not None}
        self._items[resource][item_id] = item
        self._save()
        return item

    def put(self, resource: str, item: Item) -> Item:
        """An item that came about elsewhere, with its id and the time of its creation, or what became of it."""
        self._items[resource][item["id"]] = {**item, "orgId": self.org_id, "updatedAt": self._stamp()}
        self._save()
        return self._items[resource][item["id"]]

    def delete(self, resource: str, item_id: str) -> Item:
        item = self.get(resource, item_id)
        if item_id in self._pinned:
            raise PinnedError(f"{resource}_pinned")
        del self._items[resource][item_id]
        self._save()
        return item

    def pin(self, item_id: str) -> None:
        self._pinned.add(item_id)

    def _stamp(self) -> str:
        """Strictly increasing: paging by createdAt would lose what was created in the same millisecond."""
        self._last_stamp = max(datetime.now(UTC), self._last_stamp + timedelta(milliseconds=1))
        return self._last_stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _load(self, state_file: Path) -> None:
        state = json.loads(state_file.read_text(encoding="utf-8"))
        self.org_id = state["orgId"]
        self._items |= state["items"]
        stamps = [item["updatedAt"] for items in self._items.values() for item in items.values()]
        if stamps:
            self._last_stamp = datetime.fromisoformat(max(stamps))

    def _save(self) -> None:
        if self._state_file is None:
            return
        draft = self._state_file.with_name(f"{self._state_file.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(json.dumps({"orgId": self.org_id, "items": self._items}), encoding="utf-8")
        draft.replace(self._state_file)
