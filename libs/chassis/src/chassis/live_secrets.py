"""Secrets that prove a sender, several of them while one replaces another: one setting holds them, commas between.

The first is the one that senders are given; whoever still shows one of the others is believed too.
"""

from typing import Annotated

from pydantic import AfterValidator, SecretStr

SHORTEST = 16
"""Characters of each of several secrets. A secret that only happens to hold a comma falls apart into such pieces, and
a piece of a secret is easily guessed."""


class MalformedSecrets(ValueError):
    """The text is no list of secrets; says what it should be, never what it is."""


def live_secrets(text: str) -> tuple[str, ...]:
    """The one to hand out, then the others that are accepted. Raises MalformedSecrets.

    What holds a comma is accepted as a whole as well: it may have been one secret so far.
    """
    first, *others = text.split(",")
    if not others:
        return (text,)
    secrets = [secret.strip() for secret in (first, *others)]
    if any(len(secret) < SHORTEST for secret in secrets):
        raise MalformedSecrets(
            f"must be one secret without a comma, or several of at least {SHORTEST} characters, separated by commas"
        )
    return (*secrets, text)


def _checked(value: SecretStr) -> SecretStr:
    live_secrets(value.get_secret_value())
    return value


LiveSecrets = Annotated[SecretStr, AfterValidator(_checked)]
"""A setting that `live_secrets` takes apart."""
