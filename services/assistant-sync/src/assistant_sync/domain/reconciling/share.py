"""One request of those that an account may be asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """What the account answers to somebody who wants to send a request."""

    seconds: float
    """To wait before asking again; 0: the request may be sent now."""
    is_refused: bool
    """The account's key was not accepted, and it is not time to try it again."""
    is_probe: bool
    """This request shows whether the key is accepted again."""
