"""`python -m tests.bench.serve NAME PORT`: one contestant in a process of its own, on one loop, as services run too.

`bare`, `floor`, `raw`, `monolith`; the split is started by `switchboard up`. What they need is in the environment:
BENCH_TENANCY_URL, BENCH_BOOKING_URL, BENCH_MONOLITH_URL, BENCH_SECRET.
"""

import logging
import os
import sys

import uvicorn
import uvloop
from starlette.applications import Starlette

from chassis.lifetime import settle


def _application(name: str) -> Starlette:
    secret = os.environ["BENCH_SECRET"]
    match name:
        case "bare":
            from tests.bench import bare

            return bare.build()
        case "floor":
            from tests.bench import floor

            return floor.build(os.environ["BENCH_TENANCY_URL"], os.environ["BENCH_BOOKING_URL"], secret)
        case "raw":
            from tests.bench import raw

            return raw.build(os.environ["BENCH_TENANCY_URL"], os.environ["BENCH_BOOKING_URL"], secret)
        case "monolith":
            from tests.bench.monolith import app

            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
            return app.build(os.environ["BENCH_MONOLITH_URL"], secret)
        case unknown:
            sys.exit(f"no contestant is called {unknown}")


async def _serve(name: str, port: int) -> None:
    application = _application(name)
    settle()
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=port,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1], int(sys.argv[2])))
