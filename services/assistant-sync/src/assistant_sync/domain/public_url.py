"""Where Vapi may post: nowhere that callers' words would travel in the clear."""

import ipaddress
from urllib.parse import urlsplit


def public_url(text: str) -> str | None:
    """The URL without a slash at its end, if it is https, or http to this machine; else None."""
    if not (text.isascii() and text.isprintable()) or " " in text:
        return None
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        return None
    if not host or not (url.scheme == "https" or (url.scheme == "http" and is_loopback(host))):
        return None
    return text.rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether this machine alone answers there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
