"""Whether a message is Vapi's: the shared secret in `X-Vapi-Secret`."""

import hmac
from hashlib import sha256


class SharedSecret:
    """A secret that is compared in a time that tells nothing about it."""

    def __init__(self, secret: str) -> None:
        self._digest = sha256(secret.encode()).digest()

    def matches(self, presented: str | None) -> bool:
        """`presented` is a header's value as Starlette reads it (latin-1), or None where there is none."""
        digest = sha256((presented or "").encode("latin-1", "replace")).digest()
        return hmac.compare_digest(digest, self._digest) and presented is not None
