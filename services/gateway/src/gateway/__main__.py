"""`python -m gateway` serves HTTP until it is told to stop."""

import uvloop

from chassis.logs import configure_logs
from gateway.app import serve
from gateway.settings import GatewaySettings


def main() -> None:
    settings = GatewaySettings.load()
    configure_logs("gateway", settings.log_level)
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
