"""`python -m gateway` serves HTTP until it is told to stop."""

import uvloop

from chassis.lifetime import settle
from chassis.logs import configure_logs
from chassis.traces import send_traces
from gateway.app import serve
from gateway.settings import GatewaySettings


def main() -> None:
    settings = GatewaySettings.load()
    configure_logs("gateway", settings.log_level)
    send_traces("gateway", settings.otel_exporter_otlp_endpoint)
    settle()
    uvloop.run(serve(settings))


if __name__ == "__main__":
    main()
