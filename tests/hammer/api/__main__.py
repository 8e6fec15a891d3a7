"""`python -m tests.hammer.api [cases]`: a thousand cases an operation of the OpenAPI document, on a set of its own."""

import sys
import tempfile
from pathlib import Path

from tests.system.asked import ask_everything
from tests.system.running import running_set

CASES = "1000"
SECONDS = 6 * 3600


def main() -> int:
    cases = sys.argv[1] if len(sys.argv) > 1 else CASES
    with tempfile.TemporaryDirectory() as folder, running_set(Path(folder) / "home") as running:
        asked = ask_everything(
            running.stack,
            Path(folder),
            *("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", cases, "--continue-on-failure"),
            *("--workers", "4"),  # each waits for its answer most of the time
            seconds=SECONDS,
            is_shown=True,
        )
    return asked.returncode


if __name__ == "__main__":
    sys.exit(main())
