"""Runs a program that ends when its parent does and, started by root, runs as somebody else.

`leashed` wraps an argv; this file, run as a script, carries the wrapping out and then becomes the program,
which therefore keeps the process id that its parent saw. A script is used rather than a `preexec_fn`, because
running Python after the fork of a process that has threads (gRPC's among them) may deadlock.

The script runs before every child of the local stack: it imports nothing that it can do without.
"""

import ctypes  # at once: the user that root becomes may not be able to read Python's own files
import os
import signal
import sys

# linux/prctl.h and linux/capability.h
_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAPABILITY_VERSION_3 = 0x20080522

_NOTHING = "-"


def leashed(
    argv: list[str],
    *,
    farewell: signal.Signals = signal.SIGTERM,
    user: tuple[int, int] | None = None,
    capability: int | None = None,
) -> list[str]:
    """Wrap `argv` so that it gets the signal `farewell` when the calling thread ends, killed or not.

    `user` is the (uid, gid) to become, which takes root; `capability` (Linux) is the one that outlives this.
    Systems other than Linux cannot tell a child of its parent's death: there a killed parent leaves its
    children behind.
    """
    return [
        sys.executable,
        "-ISB",
        __file__,
        str(os.getpid()),
        str(int(farewell)),
        "{}:{}".format(*user) if user else _NOTHING,
        _NOTHING if capability is None else str(capability),
        *argv,
    ]


def _become(user: str, capability: str) -> None:
    uid, gid = map(int, user.split(":"))
    keep = capability != _NOTHING
    if keep:
        # Without this the change of user takes all capabilities, and access(2) disregards the one that is kept:
        # initdb would find its own binaries unreadable.
        _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if keep:
        _keep_only(int(capability))
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, int(capability))


def _keep_only(capability: int) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    low, high = (1 << capability) & 0xFFFFFFFF, (1 << capability) >> 32
    # Two words of (effective, permitted, inheritable); an ambient capability must be in the last two.
    sets = (ctypes.c_uint32 * 6)(low, low, low, high, high, high)
    if ctypes.CDLL(None, use_errno=True).capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _prctl(option: int, first: int, second: int = 0) -> None:
    arguments = [ctypes.c_ulong(value) for value in (first, second, 0, 0)]
    if ctypes.CDLL(None, use_errno=True).prctl(option, *arguments) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def _main() -> None:
    parent, farewell, user, capability, *argv = sys.argv[1:]
    if user != _NOTHING:
        _become(user, capability)
    if sys.platform == "linux":
        # After the change of user, which takes the setting back.
        _prctl(_PR_SET_PDEATHSIG, int(farewell))
        if os.getppid() != int(parent):
            sys.exit("the parent ended before its child began")
    os.execv(argv[0], argv)  # noqa: S606 - the argv comes from the parent, no shell reads it


if __name__ == "__main__":
    _main()
