"""What a WebDAV server says of several resources at once (RFC 4918, 13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

LONGEST_ETAG = 1_000
_DAV = "{DAV:}"
_CALDAV = "{urn:ietf:params:xml:ns:caldav}"
_CALENDAR_SERVER = "{http://calendarserver.org/ns/}"


class NotMultistatus(Exception):
    """The text is none."""


@dataclass(frozen=True, slots=True)
class Resource:
    """What was said of one resource."""

    name: str
    """Its place in the collection; empty: the collection itself."""
    status: int
    etag: str | None
    ctag: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Multistatus:
    resources: list[Resource]
    sync_token: str | None


def read(text: bytes, collection_url: str) -> Multistatus:
    """Raises NotMultistatus."""
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise NotMultistatus from None
    if root.tag != f"{_DAV}multistatus":
        raise NotMultistatus
    return Multistatus(list(_resources(root, collection_url)), _text(root, f"{_DAV}sync-token"))


def _resources(root: Element, collection_url: str) -> Iterator[Resource]:
    for response in root.findall(f"{_DAV}response"):
        name = _name(_text(response, f"{_DAV}href") or "", collection_url)
        if name is None:
            continue
        found = [one for one in response.findall(f"{_DAV}propstat") if _status(one) == HTTPStatus.OK]
        status = _status(response) if response.find(f"{_DAV}status") is not None else int(HTTPStatus.OK)
        yield Resource(
            name,
            status,
            _etag(found),
            _property(found, f"{_CALENDAR_SERVER}getctag"),
            _property(found, f"{_CALDAV}calendar-data"),
        )


def _name(href: str, collection_url: str) -> str | None:
    """None for what is not in the collection, or deeper."""
    collection = unquote(urlsplit(collection_url).path)
    path = unquote(urlsplit(urljoin(collection_url, href.strip())).path)
    if path.rstrip("/") == collection.rstrip("/"):
        return ""
    name = path.removeprefix(collection)
    return None if name == path or "/" in name else name


def _etag(found: list[Element]) -> str | None:
    etag = _property(found, f"{_DAV}getetag")
    if etag is not None and len(etag) > LONGEST_ETAG:
        raise NotMultistatus
    return etag


def _property(found: list[Element], name: str) -> str | None:
    return next((text for one in found if (text := _text(one, f"{_DAV}prop/{name}"))), None)


def _text(element: Element, path: str) -> str | None:
    found = element.find(path)
    return None if found is None or not found.text else found.text


def _status(element: Element) -> int:
    """0 if it says none: `HTTP/1.1 200 OK`."""
    words = (_text(element, f"{_DAV}status") or "").split()
    return int(words[1]) if len(words) > 1 and words[1].isascii() and words[1].isdigit() else 0
