"""Vapi's REST API over the store: `/assistant`, `/tool`, `/phone-number`, `/call`.

Under `/_simulator` is what Vapi does not have: faults to come, pins, the count of requests, and calls that were played
elsewhere. Their recordings lie there too, for whoever has the link, as Vapi's do in its storage.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from switchboard_cli.vapi_simulator.control import LiveCalls
from switchboard_cli.vapi_simulator.faults import Fault, Journal
from switchboard_cli.vapi_simulator.listing import read_listing
from switchboard_cli.vapi_simulator.recordings import CHANNELS, sound, with_recording
from switchboard_cli.vapi_simulator.store import RESOURCES, Item, NotFoundError, PinnedError, Store
from switchboard_cli.vapi_simulator.validation import validate_request

_log = logging.getLogger("switchboard.vapi_simulator")

_Endpoint = Callable[[Request], Awaitable[Response]]

# The field that settles what kind of item it is, for as long as it lives.
_KIND = {"tool": "type", "phone-number": "provider"}

# What Vapi adds to its answers, and refuses when a client sends it back.
_ADDED: dict[str, dict[str, Any]] = {
    "assistant": {"isServerUrlSecretSet": False},
    "phone-number": {"status": "active"},
    "call": {"status": "queued", "type": "outboundPhoneCall"},
}


class RefusedError(Exception):
    """Vapi's 400, with everything that is wrong."""

    def __init__(self, complaints: list[str]) -> None:
        super().__init__(*complaints)
        self.complaints = complaints


@dataclass(frozen=True, slots=True)
class Simulator:
    app: Starlette
    store: Store
    journal: Journal
    live_calls: LiveCalls


def create_simulator(*, api_key: str, state_file: Path | None = None, faults: tuple[Fault, ...] = ()) -> Simulator:
    store, journal, live_calls = Store(state_file), Journal(faults=list(faults)), LiveCalls()

    def guarded(method: str, path: str, endpoint: _Endpoint) -> Route:
        return Route(path, _authenticated(api_key, _faulty(journal, path, endpoint)), methods=[method])

    routes = [guarded(*route) for name in RESOURCES for route in _rest(name, store)]
    routes.append(guarded("GET", "/call/{id}/{channel}-recording", _sign_recording(store)))
    routes.append(Route("/_simulator/recordings/{id}/{channel}.wav", _recording(store), name="recording"))
    routes += [
        Route(path, _authenticated(api_key, endpoint), methods=[method])
        for method, path, endpoint in [*_administration(store, journal), _commands_of(live_calls)]
    ]
    routes.append(Route("/{id}/control", _control(live_calls), methods=["POST"]))
    routes.append(Route("/_simulator/health", _health))
    app = Starlette(
        routes=routes,
        middleware=[Middleware(_RequestLog)],
        exception_handlers={
            RefusedError: lambda _, error: _error(HTTPStatus.BAD_REQUEST, error.complaints),
            NotFoundError: lambda _, error: _error(HTTPStatus.NOT_FOUND, str(error)),
            PinnedError: lambda _, error: JSONResponse(
                {"error": str(error), "message": "It is pinned to a version; unpin it first."},
                HTTPStatus.CONFLICT,
            ),
            HTTPException: lambda _, error: _error(HTTPStatus(error.status_code), error.detail),
        },
    )
    return Simulator(app, store, journal, live_calls)


def _rest(resource: str, store: Store) -> list[tuple[str, str, _Endpoint]]:
    """The routes of one kind of item, as method, path, endpoint."""

    async def list_items(request: Request) -> Response:
        listing = read_listing(resource, request.query_params)
        if isinstance(listing, list):
            raise RefusedError(listing)
        return JSONResponse([shown(request, item) for item in store.list(resource, listing.keeps, listing.limit)])

    async def get(request: Request) -> Response:
        return JSONResponse(shown(request, store.get(resource, request.path_params["id"])))

    def shown(request: Request, item: Item) -> Item:
        return with_recording(item, partial(_recording_url, request)) if resource == "call" else item

    async def create(request: Request) -> Response:
        fields = await _validated_body(request)
        _check_references(store, fields if resource == "call" else {})
        return JSONResponse(store.create(resource, fields | _ADDED.get(resource, {})), HTTPStatus.CREATED)

    async def patch(request: Request) -> Response:
        item = store.get(resource, request.path_params["id"])
        fields = await _validated_body(request)
        if kind := _KIND.get(resource):
            _check_kind(f"/{resource}", kind, item[kind], fields)
        return JSONResponse(store.patch(resource, item["id"], fields))

    async def delete(request: Request) -> Response:
        return JSONResponse(store.delete(resource, request.path_params["id"]))

    every, one = f"/{resource}", f"/{resource}/{{id}}"
    routes: list[tuple[str, str, _Endpoint]] = [
        ("GET", every, list_items),
        ("POST", every, create),
        ("GET", one, get),
    ]
    return routes if resource == "call" else [*routes, ("PATCH", one, patch), ("DELETE", one, delete)]


def _sign_recording(store: Store) -> _Endpoint:
    async def sign(request: Request) -> Response:
        item = store.get("call", request.path_params["id"])
        if request.path_params["channel"] not in CHANNELS or "artifact" not in item:
            raise NotFoundError("There is no such recording.")
        link = f"{_recording_url(request, item['id'], request.path_params['channel'])}?signed=1"
        return RedirectResponse(link, HTTPStatus.FOUND)

    return sign


def _recording(store: Store) -> _Endpoint:
    """For whoever has the link."""

    async def serve(request: Request) -> Response:
        item = store.get("call", request.path_params["id"])
        if request.path_params["channel"] not in CHANNELS or "artifact" not in item:
            raise NotFoundError("There is no such recording.")
        return Response(sound(item["id"], request.path_params["channel"]), media_type="audio/wav")

    return serve


def _recording_url(request: Request, call_id: str, channel: str) -> str:
    return str(request.url_for("recording", id=call_id, channel=channel))


async def _validated_body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise RefusedError(["the body is not JSON"]) from None
    if complaints := validate_request(request.method, request.url.path, body):
        raise RefusedError(complaints)
    return dict(body)


def _check_kind(path: str, kind: str, stored: str, fields: dict[str, Any]) -> None:
    """A PATCH may hold only fields of the kind that the item has."""
    if fields.get(kind, stored) != stored:
        raise RefusedError([f"{kind} must be {stored}"])
    unknown = [c for c in validate_request("POST", path, {**fields, kind: stored}) if c.endswith("should not exist")]
    if unknown:
        raise RefusedError(unknown)


def _check_references(store: Store, call: dict[str, Any]) -> None:
    for field, resource in (("assistantId", "assistant"), ("phoneNumberId", "phone-number")):
        if call.get(field) is not None:
            try:
                store.get(resource, call[field])
            except NotFoundError as error:
                raise RefusedError([str(error)]) from None


def _administration(store: Store, journal: Journal) -> list[tuple[str, str, _Endpoint]]:
    async def list_faults(_: Request) -> Response:
        return JSONResponse([asdict(fault) for fault in journal.faults])

    async def add_fault(request: Request) -> Response:
        try:
            journal.faults.append(Fault(**await request.json()))
        except (TypeError, ValueError):
            raise RefusedError([f"a fault has the fields {', '.join(Fault.__slots__)}"]) from None
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def clear_faults(_: Request) -> Response:
        journal.faults.clear()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def count_requests(_: Request) -> Response:
        return JSONResponse(dict(journal.requests))

    async def forget_requests(_: Request) -> Response:
        journal.requests.clear()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def pin(request: Request) -> Response:
        store.pin(request.path_params["id"])
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def put_call(request: Request) -> Response:
        return JSONResponse(store.put("call", {**await request.json(), "id": request.path_params["id"]}))

    return [
        ("PUT", "/_simulator/calls/{id}", put_call),
        ("GET", "/_simulator/faults", list_faults),
        ("POST", "/_simulator/faults", add_fault),
        ("DELETE", "/_simulator/faults", clear_faults),
        ("GET", "/_simulator/requests", count_requests),
        ("DELETE", "/_simulator/requests", forget_requests),
        ("PUT", "/_simulator/pins/{id}", pin),
    ]


def _control(live_calls: LiveCalls) -> _Endpoint:
    """For whoever has the URL."""

    async def take(request: Request) -> Response:
        try:
            command = json.loads(await request.body())
        except ValueError:
            raise RefusedError(["the body is not JSON"]) from None
        if complaints := live_calls.take(request.path_params["id"], command):
            raise RefusedError(complaints)
        return Response(status_code=HTTPStatus.OK)

    return take


def _commands_of(live_calls: LiveCalls) -> tuple[str, str, _Endpoint]:
    async def list_commands(request: Request) -> Response:
        return JSONResponse(live_calls.of(request.path_params["id"]))

    return "GET", "/_simulator/calls/{id}/commands", list_commands


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _authenticated(api_key: str, endpoint: _Endpoint) -> _Endpoint:
    expected = f"Bearer {api_key}".encode()

    async def guard(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
            return _error(HTTPStatus.UNAUTHORIZED, "The key is missing or not a private key of this account.")
        return await endpoint(request)

    return guard


def _faulty(journal: Journal, route: str, endpoint: _Endpoint) -> _Endpoint:
    async def serve(request: Request) -> Response:
        fault = journal.arrived(request.method, route)
        if fault is None:
            return await endpoint(request)
        carried_out = await endpoint(request) if fault.committed or fault.status is None else None
        await asyncio.sleep(fault.delay_seconds)
        if fault.status is None and carried_out is not None:
            return carried_out
        status = HTTPStatus(fault.status or HTTPStatus.GATEWAY_TIMEOUT)
        return _error(status, "Rate limit exceeded" if status == HTTPStatus.TOO_MANY_REQUESTS else status.phrase)

    return serve


def _error(status: HTTPStatus, message: str | list[str]) -> JSONResponse:
    """Vapi's shape of an error; `message` is a sentence or a list of them."""
    return JSONResponse({"message": message, "error": status.phrase, "statusCode": int(status)}, status)


class _RequestLog:
    """One line a request: method, path, status. Never the query, a header or a body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def log_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                _log.info("%s %s %d", scope["method"], scope["path"], message["status"])
            await send(message)

        await self._app(scope, receive, log_status)
