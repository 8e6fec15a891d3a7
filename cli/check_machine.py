"""Tell what this machine lacks before anything is installed; runs on any Python 3, with nothing else."""

import importlib.util
import platform
import sys

# The embedded PostgreSQL has wheels for these; elsewhere a PostgreSQL of the machine's own serves.
PLATFORMS = {
    ("Linux", "x86_64"),
    ("Linux", "aarch64"),
    ("Darwin", "x86_64"),
    ("Darwin", "arm64"),
}


def complaints():
    if sys.version_info < (3, 11):
        yield (
            "Python 3.11 or newer is needed, this is {}.{}. Install one and run: "
            "make setup PYTHON=/path/to/python3.11".format(*sys.version_info[:2])
        )
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        yield (
            "This Python has no `venv`. Install it (Debian, Ubuntu: apt install python3-venv; "
            "Fedora: dnf install python3-pip) and run make again."
        )
    if platform.system() == "Linux" and platform.libc_ver()[0] != "glibc":
        yield "There are no PostgreSQL wheels for this C library. Use a distribution with glibc (Debian, Fedora, ...)."
    if (platform.system(), platform.machine()) not in PLATFORMS:
        yield (
            f"There are no PostgreSQL wheels for {platform.system()} on {platform.machine()}. "
            "Use Linux or macOS on x86-64 or ARM64 (on Windows: WSL 2)."
        )


if __name__ == "__main__":
    found = list(complaints())
    for complaint in found:
        print("switchboard: " + complaint, file=sys.stderr)
    sys.exit(1 if found else 0)
