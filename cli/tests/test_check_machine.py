"""Whoever lacks something is told what, and what to do, before anything is installed."""

import importlib.util
import platform
import runpy
import sys
from pathlib import Path

import pytest

SCRIPT = str(Path(__file__).parents[1] / "check_machine.py")


def complaints() -> list[str]:
    return list(runpy.run_path(SCRIPT)["complaints"]())


def test_this_machine_lacks_nothing() -> None:
    assert complaints() == []


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))

    (complaint,) = complaints()

    assert "3.11 or newer is needed, this is 3.9" in complaint


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else found(name))

    (complaint,) = complaints()

    assert "apt install python3-venv" in complaint


def test_a_platform_without_wheels_is_told_which_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")

    (complaint,) = complaints()

    assert "Linux or macOS on x86-64 or ARM64" in complaint


def test_a_c_library_without_wheels_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))

    assert any("glibc" in complaint for complaint in complaints())
