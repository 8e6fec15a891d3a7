"""What the document says that no declaration does."""

from typing import Any

from gateway.http.operations import Who

ABOUT = """\
One webhook URL for the voice assistants of many organizations, and what staff and administrators do beside it.

**Keys.** `Authorization: Bearer <key>`. An organization's key sees that organization and nothing else. The platform's \
administrator names one in `X-Organization-Id`, where a path does not. A key of scope `read` changes nothing.

**Examples** are commands for a shell with `SWITCHBOARD`, where the gateway is, such as `http://127.0.0.1:8000`; \
`KEY`, the administrator's key; `ORGANIZATION_ID`, whom it is asked for; `SECRET`, the platform's webhook secret. \
Other names in capitals are ids, as lists answer them. With an organization's own key leave `X-Organization-Id` away; \
**Who may** tells where that key is enough. `make up` writes these four into `.switchboard/stack.json`; the line in \
the messages here is a demo clinic's.

**Lists** answer `{"items": […], "next_cursor": …}`. Ask for the next page with `cursor=<next_cursor>` until it \
is null. A page has as many items as `limit` says: 50 unless told otherwise, 200 at most.

**Bodies** are JSON objects of at most 2 MiB. A field that is not known is refused, never passed over. A field that is \
left out of a PATCH stays as it is.

**Times** are RFC 3339, in UTC in answers and with any offset in requests. Ids are UUIDs.

**Problems** are `application/problem+json`: switch on `code`, show `detail` and `fix`, report `trace_id`. A tool call \
that fails is a sentence in an answer with a 200 instead: a caller is listening.

**Limits.** An organization's requests per minute are counted; beyond them the answer is a 429, and `Retry-After` \
says in how many seconds there is room.
"""

CREDENTIALS: dict[str, Any] = {
    "key": {"type": "http", "scheme": "bearer", "description": "An organization's key, or the administrator's."},
    "secret": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Vapi-Secret",
        "description": "The platform's webhook secret, or an organization's.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An organization's webhook token; the header's name is as its credential says.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Signature",
        "description": "An HMAC of the body; header, payload and encoding are as the organization's credential says.",
    },
}

_KEY: list[dict[str, list[str]]] = [{"key": []}]
SECURITY = {
    Who.ANYONE: [],
    Who.VAPI: [{"secret": []}, {"token": []}, {"signature": []}],
    Who.ORGANIZATION: _KEY,
    Who.ORGANIZATIONS_ADMINISTRATOR: _KEY,
    Who.ADMINISTRATOR: _KEY,
    Who.ANY_ORGANIZATION: _KEY,
}
WHO = {
    Who.ANYONE: "Anyone.",
    Who.VAPI: "Vapi, with the platform's webhook credential or the organization's.",
    Who.ORGANIZATION: "An organization's key, for itself; the administrator's, for the organization that it names.",
    Who.ORGANIZATIONS_ADMINISTRATOR: "The administrator's key, for the organization that it names.",
    Who.ADMINISTRATOR: "The administrator's key.",
    Who.ANY_ORGANIZATION: "An organization's key, for itself; the administrator's, for one organization or for all.",
}

ORGANIZATION = {
    "name": "X-Organization-Id",
    "in": "header",
    "required": False,
    "description": "Which organization the administrator means. An organization's own key needs it not.",
    "schema": {"type": "string", "format": "uuid"},
}
RETRY_AFTER = {
    "description": "In how many seconds to ask again.",
    "required": False,
    "schema": {"type": "integer", "minimum": 1},
}

MESSAGE: dict[str, Any] = {
    "title": "ServerMessage",
    "description": "A server message as Vapi sends it. What is not known of it is passed over.",
    "type": "object",
    "required": ["message"],
    "properties": {
        "message": {
            "type": "object",
            "properties": {"type": {"description": "What it tells or asks; `tool-calls` if absent."}},
        }
    },
}
