"""`switchboard assistants`: what a clinic's assistants shall be, and where Vapi differs."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from switchboard_cli.administration.bodies import given
from switchboard_cli.administration.clinic import clinic, one
from switchboard_cli.administration.options import HomeOption, JsonOption, OrganizationOption

if TYPE_CHECKING:
    from switchboard_cli.administration.clinic import Clinic
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.gateway import Item

app = typer.Typer(no_args_is_help=True, help="Assistants: save, point elsewhere, compare with Vapi.")

_PATH = "/api/assistants"
_POINT = "/api/vapi/setup/update-assistant-webhook"


class Type(StrEnum):
    INBOUND = "inbound"
    FOLLOW_UP = "follow_up"
    OUTBOUND = "outbound"


_HOW_OBJECTS_ARE_TYPED = "JSON, or @FILE"
TypeArgument = Annotated[Type, typer.Argument(metavar="TYPE", help="inbound, follow_up or outbound.")]
PromptFileOption = Annotated[
    Path | None, typer.Option("--prompt-file", exists=True, dir_okay=False, help="The file that holds the prompt.")
]
VoiceOption = Annotated[str | None, typer.Option(metavar="JSON", help=f"Vapi's voice: {_HOW_OBJECTS_ARE_TYPED}.")]
ModelOption = Annotated[str | None, typer.Option(metavar="JSON", help=f"Vapi's model: {_HOW_OBJECTS_ARE_TYPED}.")]
VapiOption = Annotated[
    str | None, typer.Option(metavar="JSON", help=f"Further fields of Vapi's assistant: {_HOW_OBJECTS_ARE_TYPED}.")
]


@app.command("list")
def list_assistants(organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List a clinic's assistants, and whether Vapi has them as they shall be."""
    with clinic(organization, home, as_json=as_json) as at:
        at.display.items(at.every(_PATH), _columns(), none="No assistant yet.")


@app.command()
def show(
    type_: TypeArgument, organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Show what an assistant shall be."""
    with clinic(organization, home, as_json=as_json) as at:
        _show(at, at.get(one(_PATH, type_)))


@app.command()
def save(
    *,
    type_: TypeArgument,
    organization: OrganizationOption,
    name: Annotated[str | None, typer.Option(help="At most 40 characters; needed the first time.")] = None,
    first_message: Annotated[str | None, typer.Option(help="What it says first.")] = None,
    prompt: Annotated[str | None, typer.Option(help="Its system prompt.")] = None,
    prompt_file: PromptFileOption = None,
    voice: VoiceOption = None,
    model: ModelOption = None,
    vapi: VapiOption = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="The first time: take over the assistant in Vapi that has this very name.")
    ] = False,
    recreate: Annotated[
        bool, typer.Option("--recreate", help="If it was deleted in Vapi: create another, with all that was saved.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Save an assistant: created in Vapi the first time, changed there ever after. What is not named stays.

    If Vapi cannot be reached, the save is kept and follows by itself.
    """
    if prompt is not None and prompt_file is not None:
        raise typer.BadParameter("Give --prompt or --prompt-file.")
    with clinic(organization, home, as_json=as_json) as at:
        body = given(
            name=name,
            first_message=first_message,
            prompt=_text_of(prompt_file) if prompt_file else prompt,
            voice=_object(voice, "--voice"),
            model=_object(model, "--model"),
            vapi=_object(vapi, "--vapi"),
            adopt=adopt or None,
            recreate=recreate or None,
        )
        _show(at, at.put(one(_PATH, type_), body))


@app.command()
def point(
    *,
    assistant: Annotated[str, typer.Argument(metavar="ASSISTANT", help="Its type, or Vapi's id of it.")],
    organization: OrganizationOption,
    url: Annotated[str | None, typer.Option(help="Without it: where this deployment's assistants are pointed.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Point one assistant at a URL, until a roll-out; nothing else of it is changed."""
    with clinic(organization, home, as_json=as_json) as at:
        body = given(vapiAssistantId=_vapi_id(at, assistant), webhookUrl=url)
        pointed = at.post(_POINT, body)
        at.display.done(f"{pointed['assistantId']} posts to {pointed['webhookUrl']}.", pointed)


@app.command()
def drift(organization: OrganizationOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Look in Vapi: what differs there, was deleted, posts where it should not, or has two tools of a name."""
    with clinic(organization, home, as_json=as_json) as at:
        found = at.get(f"{_PATH}/drift")
        if as_json:
            at.display.item(found, [])
            return
        _show_drift(at, found["assistants"])
        if found["warnings"]:
            at.display.items(found["warnings"], _warning_columns(), none="")


def _show(at: "Clinic", assistant: "Item") -> None:
    from switchboard_cli.administration.display import Column

    rest = [
        Column("posts to", "webhook_url"),
        Column("first message", "first_message"),
        Column("prompt", "prompt"),
        Column("voice", "voice", absent="left to Vapi"),
        Column("model", "model", absent="left to Vapi"),
        Column("further", "vapi"),
    ]
    at.display.item(assistant, [*_columns(), *rest])


def _show_drift(at: "Clinic", assistants: "list[Item]") -> None:
    for gone in (assistant for assistant in assistants if assistant["missing"]):
        another = f"switchboard assistants save {gone['type']} -o {at.id} --recreate"
        at.display.warn(f"{_called(gone)} was deleted in Vapi. It is not made anew by itself, but by: {another}")
    fields = [
        {**field, "assistant": _called(assistant), "then": _what_becomes_of(field, assistant)}
        for assistant in assistants
        for field in assistant["fields"]
    ]
    at.display.items(fields, _drift_columns(), none="Vapi has what was saved.")


def _called(assistant: "Item") -> str:
    return f"{assistant['type']} ({assistant['name']})"


def _what_becomes_of(field: "Item", assistant: "Item") -> str:
    if field["repaired_by_itself"]:
        return "ours is put back by itself"
    return f"theirs stays until: assistants save {assistant['type']}"


def _vapi_id(at: "Clinic", assistant: str) -> str:
    if assistant not in set(Type):
        return assistant
    return str(at.get(one(_PATH, assistant))["vapi_assistant_id"] or "")


def _object(typed: str | None, option: str) -> dict[str, Any] | None:
    """Raises Unreadable."""
    import json

    from switchboard_cli.administration.errors import Unreadable

    if typed is None:
        return None
    try:
        found = json.loads(_text_of(Path(typed[1:])) if typed.startswith("@") else typed)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unreadable(f"{option} is no JSON object.\nGive one as Vapi shows it, or @FILE with one in it.")
    return found


def _text_of(file: Path) -> str:
    """Raises Unreadable."""
    from switchboard_cli.administration.errors import Unreadable

    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Unreadable(f"{file} cannot be read as text.") from None


def _columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column
    from switchboard_cli.administration.sync_state import SyncState

    return [
        Column("type", "type"),
        Column("name", "name"),
        SyncState("in Vapi", "sync_state"),
        Column("Vapi's id", "vapi_assistant_id", absent="none yet"),
    ]


def _drift_columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column, Instant

    return [
        Column("assistant", "assistant"),
        Column("field", "field"),
        Column("ours", "ours", absent="nothing"),
        Column("theirs", "theirs", absent="nothing"),
        Column("last synced", "last_synced", absent="never"),
        Instant("at", "last_synced_at"),
        Column("what becomes of it", "then"),
    ]


def _warning_columns() -> "list[Column]":
    from switchboard_cli.administration.display import Column

    return [
        Column("what", "kind"),
        Column("name", "name"),
        Column("posts to", "url"),
        Column("which is", "fault"),
        Column("mended by", "fix"),
    ]
