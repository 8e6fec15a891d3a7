"""What can keep a tunnel from being used; each error's text is a sentence or two for the person at the terminal."""

from switchboard_cli.administration.errors import AdministrationError


class TunnelError(AdministrationError):
    """The tunnel is not used, or no more."""


class NoTunnel(TunnelError):
    """No tunnel was found, or several."""


class LeadsElsewhere(TunnelError):
    """The URL does not reach the gateway."""


class TunnelInUse(TunnelError):
    """Another `switchboard tunnel` runs."""


class NotPutBack(TunnelError):
    """The tunnel has ended, and Vapi still posts to it."""
