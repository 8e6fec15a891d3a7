"""The rooms of the house keep to themselves."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
STORES = ("tenancy.store", "booking.store", "assistant_sync.store")


def test_import_rules_are_kept() -> None:
    """What .importlinter says; the command's own output tells which rule was broken, and where."""
    executable = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([executable, "--no-cache"], cwd=REPOSITORY, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("package", STORES)
def test_no_row_leaves_a_store(package: str) -> None:
    """What a store's public functions answer is never SQLAlchemy's, nor so loosely annotated that it could be."""
    leaks = [
        f"{module.__name__}.{name}: {annotation}"
        for module in modules(package)
        for name, annotation in answers(module)
        if re.search(r"Row|sqlalchemy|Result|\bAny\b", annotation)
    ]

    assert leaks == []


def modules(package: str) -> Iterator[ModuleType]:
    """All but those that begin with an underscore: they are the store's own."""
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.iter_modules(root.__path__, f"{package}."):
        if not found.ispkg and not found.name.startswith(f"{package}._"):
            yield importlib.import_module(found.name)


def answers(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Public functions and methods defined in the module, with what they are annotated to answer."""
    for name, thing in vars(module).items():
        if name.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(thing):
            yield name, annotation(thing)
        elif inspect.isclass(thing):
            for method_name, method in vars(thing).items():
                if inspect.isfunction(method) and not method_name.startswith("_"):
                    yield f"{name}.{method_name}", annotation(method)


def annotation(function: Any) -> str:
    return str(inspect.get_annotations(function).get("return", "nothing is annotated: Row?"))
