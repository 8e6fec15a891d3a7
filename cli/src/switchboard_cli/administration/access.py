"""Which gateway is administered, and with which key."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field, SecretStr

from chassis.settings import Settings
from switchboard_cli.administration.errors import NoGateway
from switchboard_cli.stack.commands import DEFAULT_HOME
from switchboard_cli.stack.errors import NothingRuns, StackError
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.status import read_running


class AccessSettings(Settings):
    """Where the gateway is, from the environment, .env or .env.local."""

    backend_url: str | None = Field(default=None, description="Public base URL of the gateway.")
    switchboard_admin_key: SecretStr | None = Field(
        default=None, description="The administrator's key, or a key of the platform."
    )


@dataclass(frozen=True, slots=True)
class Access:
    url: str
    key: str = field(repr=False)


def find_access(home: Path | None) -> Access:
    """The stack in `home` if one is given; else what the settings name; else the stack that runs in the usual home.

    Raises NoGateway.
    """
    settings = AccessSettings.load()
    if home is None and settings.backend_url and settings.switchboard_admin_key:
        return Access(settings.backend_url.rstrip("/"), settings.switchboard_admin_key.get_secret_value())
    try:
        stack = read_running(Home(home or DEFAULT_HOME))
    except NothingRuns as error:
        raise NoGateway(f"{error}\nFor a gateway elsewhere, set BACKEND_URL and SWITCHBOARD_ADMIN_KEY.") from error
    except StackError as error:
        raise NoGateway(str(error)) from error
    return Access(stack.gateway_url, stack.admin_key)
