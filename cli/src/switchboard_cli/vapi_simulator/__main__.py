"""`python -m switchboard_cli.vapi_simulator`: serves the simulated API until SIGTERM or SIGINT."""

import argparse
import logging
import os
import sys
from pathlib import Path

import uvicorn

from switchboard_cli.vapi_simulator.app import create_simulator


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="vapi-simulator",
        description="A stand-in for Vapi's REST API. Reads the key it accepts from VAPI_PRIVATE_KEY.",
    )
    parser.add_argument("--listen", default="127.0.0.1:8090", metavar="HOST:PORT")
    parser.add_argument("--state-file", type=Path, help="keeps assistants, tools, numbers and calls over a restart")
    arguments = parser.parse_args()
    api_key = os.environ.get("VAPI_PRIVATE_KEY", "")
    if not api_key:
        parser.error("VAPI_PRIVATE_KEY is not set")
    host, _, port = arguments.listen.rpartition(":")
    if not host or not port.isdigit():
        parser.error("--listen takes HOST:PORT")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    simulator = create_simulator(api_key=api_key, state_file=arguments.state_file)
    uvicorn.run(
        simulator.app,
        host=host,
        port=int(port),
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=75,  # seconds; uvicorn's five end under clients that are about to ask again
    )


if __name__ == "__main__":
    main()
