"""The URL of a tunnel: found, tried, and watched."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

import httpx
from pydantic import Field

from chassis.settings import Settings
from switchboard_cli.tunnel import ngrok
from switchboard_cli.tunnel.errors import LeadsElsewhere, NoTunnel

_SECONDS = 5.0
_PAST_NGROKS_PAGE = {"ngrok-skip-browser-warning": "1"}


class TunnelSettings(Settings):
    """What the environment, .env and .env.local say of the tunnel."""

    ngrok_url: str | None = Field(default=None, description="The tunnel's public URL; else ngrok's agent is asked.")


@dataclass(frozen=True, slots=True)
class PublicUrl:
    url: str
    agent: str | None = None
    """The agent of ngrok that told it, which knows best when it is gone."""

    @classmethod
    def find(cls, named: str | None, agent: str) -> Self:
        """The URL that is named, by an option or the environment; else the only one of ngrok's. Raises NoTunnel."""
        if url := named or TunnelSettings.load().ngrok_url:
            return cls(url.rstrip("/"))
        match ngrok.public_urls(agent):
            case [url]:
                return cls(url, agent)
            case []:
                raise NoTunnel(f"ngrok's agent at {agent} has no https tunnel.\nStart one: ngrok http 8000")
            case several:
                raise NoTunnel("ngrok has several tunnels. Name one with --url:\n  " + "\n  ".join(several))

    def require_gateway(self) -> None:
        """Raises LeadsElsewhere unless a gateway answers there."""
        if not _is_gateway(self.url):
            raise LeadsElsewhere(
                f"{self.url} does not reach a gateway.\nLet the tunnel lead to the gateway's port: ngrok http 8000"
            )

    def is_there(self, gateway_url: str) -> bool:
        """False once the tunnel has ended; a gateway that is away is not the tunnel's end."""
        if self.agent:
            try:
                return self.url in ngrok.public_urls(self.agent)
            except NoTunnel:
                return False
        return _is_gateway(self.url) or not _is_gateway(gateway_url)


def _is_gateway(url: str) -> bool:
    try:
        answer = httpx.get(f"{url}/health", timeout=_SECONDS, headers=_PAST_NGROKS_PAGE)
        return answer.status_code == HTTPStatus.OK and answer.json() == {"status": "alive"}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return False
