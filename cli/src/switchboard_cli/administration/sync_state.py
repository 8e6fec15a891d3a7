"""Whether Vapi has what was saved, in words."""

from types import MappingProxyType

from rich.text import Text

from switchboard_cli.administration.display import Column
from switchboard_cli.administration.gateway import Item

WHY_PENDING = MappingProxyType(
    {
        "unfinished": "the work in Vapi is under way",
        "vapi_away": "Vapi does not answer; it follows by itself",
        "vapi_unauthorised": "Vapi does not accept this deployment's key: check VAPI_PRIVATE_KEY",
        "vapi_refused": "Vapi refused the fields: save others",
        "assistant_missing": "it was deleted in Vapi: save it with --recreate",
        "several_assistants": "several in Vapi bear its mark: delete all but one there",
        "create_unconfirmed": "it was asked for; whether it happened will be known in a moment",
        "not_taken_over": "Vapi took the fields and does not show them",
        "not_registered": "tenancy could not be told of it; it follows by itself",
        "assistant_taken": "it is another organization's",
        "organization_unknown": "the organization is not active",
    }
)


class SyncState(Column):
    """The state, and why it is not there yet."""

    def cell(self, item: Item) -> Text:
        if item.get("sync_state") == "synced":
            return Text("synced", "green")
        reason = str(item.get("pending_reason") or "")
        return Text(f"pending: {WHY_PENDING.get(reason, reason)}", "yellow")


class Reason(Column):
    """Why something does not have what it shall have."""

    def _words(self, value: object) -> str:
        return WHY_PENDING.get(str(value), str(value))
