"""What ngrok's agent on this machine says of its tunnels."""

AGENT = "http://localhost:4040"
_SECONDS = 3.0


def public_urls(agent: str) -> list[str]:
    """The https URLs of its tunnels. Raises NoTunnel if no agent answers."""
    import httpx

    from switchboard_cli.tunnel.errors import NoTunnel

    try:
        answer = httpx.get(f"{agent.rstrip('/')}/api/tunnels", timeout=_SECONDS, trust_env=False)
        tunnels = answer.raise_for_status().json()["tunnels"]
        urls = [str(tunnel["public_url"]) for tunnel in tunnels]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
        raise NoTunnel(
            f"No agent of ngrok answers at {agent}.\nStart one (ngrok http 8000), or name another tunnel with --url."
        ) from None
    return [url.rstrip("/") for url in urls if url.startswith("https://")]
