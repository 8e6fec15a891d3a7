"""The HTTP side: whose message it is, which tools it asks for, and the answer."""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.bench.bodies import WEBHOOK
from tests.bench.monolith.booking import Answer, book, check_availability, remember
from tests.bench.monolith.models import ToolCall
from tests.bench.monolith.schemas import BookClinicAppointment, CheckAvailability

POOL_SIZE = 20
"""As many connections as the services that it stands in for hold together."""

NO_TENANT = "I'm sorry, this line is not connected to a clinic's calendar."
FAULT = "I'm sorry, something went wrong on our side. Nothing is confirmed."

_OWNERS = text(
    "SELECT source, org_id, status FROM tenancy.routes_of_evidence("
    "CAST(:numbers AS text[]), CAST(:lines AS uuid[]), CAST(:assistants AS uuid[]), CAST(:claims AS uuid[]), :moment)"
    " WHERE status IS NOT NULL"
)
_TENANT = text("SELECT set_config('app.org_id', :org_id, true)")
_log = logging.getLogger(__name__)


def build(url: str, secret: str) -> Starlette:
    engine = create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        pool_size=POOL_SIZE,
        max_overflow=0,
        connect_args={"server_settings": {"statement_timeout": "5000", "lock_timeout": "1500"}},
    )
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    async def receive(request: Request) -> Response:
        begun = time.perf_counter()
        if not hmac.compare_digest(request.headers.get("x-vapi-secret", "").encode(), secret.encode()):
            return JSONResponse({"code": "unauthorized"}, status_code=401)
        try:
            message = (await request.json())["message"]
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
            return JSONResponse({"code": "not_a_message"}, status_code=400)
        reply = await _reply(sessions, message)
        seconds = time.perf_counter() - begun
        _log.info("message type=%s call=%s %.2f ms", message.get("type"), _part(message, "call", "id"), seconds * 1000)
        return JSONResponse(reply)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await engine.dispose()

    return Starlette(routes=[Route(WEBHOOK, receive, methods=["POST"])], lifespan=lifespan)


async def _reply(sessions: async_sessionmaker[AsyncSession], message: dict[str, Any]) -> dict[str, Any]:
    calls = message.get("toolCallList", []) if message.get("type") == "tool-calls" else []
    try:
        async with sessions.begin() as session:
            org_id = await _organization_of(session, message)
            if org_id is None:
                return {"results": [_entry(call, error=NO_TENANT) for call in calls]} if calls else {}
            if not calls:
                return {}
            await session.execute(_TENANT, {"org_id": str(org_id)})
            return {"results": [await _answer(session, org_id, message, call) for call in calls]}
    except DBAPIError:
        _log.exception("the database refused a message")
        return {"results": [_entry(call, error=FAULT) for call in calls]}


async def _organization_of(session: AsyncSession, message: dict[str, Any]) -> UUID | None:
    """The one active organization that everything in the message names; metadata alone only where there is no line."""
    numbers = _present(_part(message, "phoneNumber", "number"))
    rows = await session.execute(
        _OWNERS,
        {
            "numbers": numbers,
            "lines": _present(_part(message, "phoneNumber", "id"), _part(message, "call", "phoneNumberId")),
            "assistants": _present(_part(message, "call", "assistantId"), _part(message, "assistant", "id")),
            "claims": _present(_part(message, "assistant", "metadata", "org_id")),
            "moment": datetime.fromisoformat(_part(message, "call", "createdAt") or datetime.now().isoformat()),
        },
    )
    found = rows.all()
    owners = {row.org_id for row in found if row.status == "active"}
    is_named = any(row.source != "metadata" for row in found) or not numbers
    return owners.pop() if len(owners) == 1 and is_named else None


async def _answer(session: AsyncSession, org_id: UUID, message: dict[str, Any], call: dict[str, Any]) -> dict[str, Any]:
    arguments = call["function"]["arguments"]
    if isinstance(arguments, str):
        arguments = json.loads(arguments)
    try:
        match call["function"]["name"]:
            case "checkAvailability":
                return _entry(call, await check_availability(session, CheckAvailability.model_validate(arguments)))
            case "bookClinicAppointment":
                return await _book_once(session, org_id, message, call, arguments)
            case unknown:
                return _entry(call, error=f"There is no tool called {unknown} here.")
    except (ValidationError, ValueError):
        return _entry(call, error="One of the details was not understood. Ask the caller to say it again.")


async def _book_once(
    session: AsyncSession, org_id: UUID, message: dict[str, Any], call: dict[str, Any], arguments: dict[str, Any]
) -> dict[str, Any]:
    wish = BookClinicAppointment.model_validate(arguments)
    phone = wish.phone(_part(message, "customer", "number") or "")
    key = (org_id, _part(message, "call", "id") or "", call["id"])
    digest = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).digest()
    claimed = await remember(session, key, digest)
    if claimed is None:
        before = await session.get_one(ToolCall, key)
        if before.arguments_hash != digest:
            return _entry(call, error="That was asked before with other details.")
        return _entry(call, (before.say or "", before.data or {}))
    claimed.say, claimed.data = await book(session, org_id, wish, phone, key[1])
    return _entry(call, (claimed.say, claimed.data))


def _entry(call: dict[str, Any], answer: Answer | None = None, *, error: str | None = None) -> dict[str, Any]:
    entry = {"toolCallId": call["id"], "name": call["function"]["name"]}
    if answer is None:
        return entry | {"error": error}
    return entry | {"result": answer[0], "metadata": answer[1]}


def _part(message: Mapping[str, Any], *path: str) -> str | None:
    value: Any = message
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None


def _present(*values: str | None) -> list[str]:
    return [value for value in values if value]
