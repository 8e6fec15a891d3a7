"""The gateway's HTTP API as the administrator's client sees it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import quote

import httpx

from switchboard_cli.administration.access import Access
from switchboard_cli.administration.errors import Refused, Unreachable

Item = dict[str, Any]
"""A JSON object."""

_SECONDS = 30.0
"""More than the gateway itself waits for Vapi."""
_LARGEST_PAGE = 200


class Gateway:
    """Asks and tells. Every method raises Refused or Unreachable."""

    def __init__(self, access: Access) -> None:
        self._url = access.url
        self._client = httpx.Client(
            base_url=access.url, headers={"Authorization": f"Bearer {access.key}"}, timeout=_SECONDS
        )

    @property
    def url(self) -> str:
        return self._url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(
        self, path: str, query: Mapping[str, str] = MappingProxyType({}), *, organization: str | None = None
    ) -> Item:
        return self._ask("GET", path, organization, params=query)

    def download(self, path: str, query: Mapping[str, str], *, organization: str) -> Iterator[bytes]:
        """A file, piece by piece."""
        headers = {"X-Organization-Id": organization}
        with self._reached(), self._client.stream("GET", path, headers=headers, params=query) as answer:
            if not answer.is_success:
                answer.read()
                raise _refusal(answer)
            yield from answer.iter_bytes()

    def post(self, path: str, body: Item, *, organization: str | None = None) -> Item:
        return self._ask("POST", path, organization, json=body)

    def put(self, path: str, body: Item, *, organization: str | None = None) -> Item:
        return self._ask("PUT", path, organization, json=body)

    def patch(self, path: str, body: Item, *, organization: str | None = None) -> Item:
        return self._ask("PATCH", path, organization, json=body)

    def delete(self, path: str, *, organization: str | None = None) -> Item:
        """What is said of it, if anything is."""
        return self._ask("DELETE", path, organization)

    def every(
        self,
        path: str,
        query: Mapping[str, str] = MappingProxyType({}),
        *,
        organization: str | None = None,
        at_most: int | None = None,
    ) -> Iterator[Item]:
        """The items of a list, page after page; `at_most` of them."""
        left = at_most
        cursor: str | None = None
        while left is None or left > 0:
            page = _LARGEST_PAGE if left is None else min(left, _LARGEST_PAGE)
            where = {**query, "limit": str(page)} | ({"cursor": cursor} if cursor else {})
            answer = self._ask("GET", path, organization, params=where)
            yield from answer["items"]
            left = None if left is None else left - len(answer["items"])
            cursor = answer["next_cursor"]
            if not cursor:
                return

    def _ask(self, method: str, path: str, organization: str | None, **rest: Any) -> Item:
        headers = {"X-Organization-Id": organization} if organization else {}
        with self._reached():
            answer = self._client.request(method, path, headers=headers, **rest)
        if not answer.is_success:
            raise _refusal(answer)
        return _object(answer) if answer.content else {}

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise Unreachable(f"No gateway answers at {self._url} ({type(error).__name__}).") from error


def part(text: str) -> str:
    """A piece of a path, whatever is in it."""
    return quote(text, safe="")


def _refusal(answer: httpx.Response) -> Refused:
    if answer.headers.get("content-type") != "application/problem+json":
        sentence = f"{answer.url.host} answered {answer.status_code}, and not as a gateway does. Check BACKEND_URL."
        return Refused(answer.status_code, "", sentence)
    problem = _object(answer)
    code = str(problem.get("code", ""))
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        sentence = "The gateway does not know this key. Check SWITCHBOARD_ADMIN_KEY."
    else:
        sentence = f"{problem.get('detail', '')}\n{problem.get('fix', '')}".strip()
    trace = f", trace {problem.get('trace_id')}" if answer.is_server_error else ""
    return Refused(answer.status_code, code, f"{sentence} ({code}{trace})")


def _object(answer: httpx.Response) -> Item:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(answer.status_code, "", f"{answer.url.host} did not answer as a gateway does. Check BACKEND_URL.")
    return found
