"""Generate protos/gen from the .proto files.

`python protos/generate.py [directory]` writes into `directory` (default: protos/gen); a test generates into an empty
folder and compares, so what is committed is never stale.
"""

import shutil
import sys
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

HERE = Path(__file__).resolve().parent
WELL_KNOWN = Path(grpc_tools.__file__).parent / "_proto"


def generate(out: Path) -> None:
    shutil.rmtree(out / "switchboard", ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    sources = sorted(path.relative_to(HERE).as_posix() for path in (HERE / "switchboard").rglob("*.proto"))
    outputs = [f"--python_out={out}", f"--grpc_python_out={out}"]
    for plugin in ("mypy", "mypy_grpc"):
        executable = Path(sys.executable).parent / f"protoc-gen-{plugin}"
        outputs += [f"--plugin=protoc-gen-{plugin}={executable}", f"--{plugin}_out=quiet:{out}"]
    if protoc.main(["protoc", f"-I{HERE}", f"-I{WELL_KNOWN}", *outputs, *sources]) != 0:
        sys.exit("protoc refused the sources above; nothing was generated completely.")
    for package in sorted({(out / source).parent for source in sources}):
        (package / "py.typed").touch()


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "gen")
