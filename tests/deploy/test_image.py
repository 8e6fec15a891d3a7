"""The Dockerfile and its lock, judged without a container engine."""

import re
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.deploy.dockerfile import context_complaints, engine_complaints, install_complaints, run_complaints
from tests.deploy.manifests import Manifests

SERVICES = {"gateway", "tenancy", "booking", "assistant-sync"}
MEMBERS = {"protos", "libs/chassis", "libs/tenancy-client"} | {f"services/{service}" for service in SERVICES}


@pytest.fixture
def dockerfile(root: Path) -> str:
    return _read(root, "deploy/Dockerfile")


def test_any_engine_with_buildkit_can_build_the_image(dockerfile: str) -> None:
    assert engine_complaints(dockerfile) == []


def test_the_build_context_holds_what_is_copied_and_nothing_else(dockerfile: str, root: Path) -> None:
    assert context_complaints(dockerfile, _read(root, "deploy/Dockerfile.dockerignore"), root) == []


def test_the_image_holds_locked_dependencies_and_the_four_services(dockerfile: str, root: Path) -> None:
    assert install_complaints(dockerfile, _read(root, "Makefile"), MEMBERS) == []


def test_the_image_runs_as_the_deployments_run_it(dockerfile: str, manifests: Manifests) -> None:
    assert run_complaints(dockerfile, manifests) == []


@pytest.mark.parametrize(
    ("now", "broken"),
    [
        ("# One image", "# syntax=docker/dockerfile:1\n# One image"),
        ("COPY libs", "COPY --link libs"),
        ("COPY libs libs", "COPY library libs"),
        ("COPY libs libs", "COPY libs cli libs"),
        ("--require-hashes ", ""),
        (" ./services/booking", ""),
        (" ./services/booking", " ./services/booking ./cli"),
        ("--no-deps ", ""),
        ("uv==${UV_VERSION}", "uv"),
        ("UV_VERSION=", "UV_VERSION=9"),
        ("USER 10001:10001", "USER nobody"),
        ("USER 10001:10001", "USER 0"),
        ("USER 10001:10001", "USER 10002"),
        ("USER 10001:10001", ""),
        ('CMD ["python", "-m", "gateway"]', "CMD python -m gateway"),
        ('"gateway"]', '"gate"]'),
        ("CMD [", 'ENTRYPOINT ["tini", "--"]\nCMD ['),
    ],
)
def test_a_broken_dockerfile_draws_a_complaint(
    now: str, broken: str, dockerfile: str, manifests: Manifests, root: Path
) -> None:
    changed = dockerfile.replace(now, broken)
    assert changed != dockerfile
    assert [
        *engine_complaints(changed),
        *context_complaints(changed, _read(root, "deploy/Dockerfile.dockerignore"), root),
        *install_complaints(changed, _read(root, "Makefile"), MEMBERS),
        *run_complaints(changed, manifests),
    ] != []


def test_an_ignore_file_that_lets_local_secrets_through_draws_a_complaint(dockerfile: str, root: Path) -> None:
    ignored = _read(root, "deploy/Dockerfile.dockerignore")
    assert context_complaints(dockerfile, ignored.replace("*\n!", "!.env.local\n!", 1), root) != []


def test_the_images_lock_is_exactly_what_the_services_need(root: Path) -> None:
    """More would be a tool in production; less would fail at start, since nothing else is installed."""
    assert set(_pins(root / "deploy" / "requirements.lock")) == _needed_by_the_services()


def test_the_image_runs_the_versions_that_are_tested(root: Path) -> None:
    tested = _pins(root / "requirements.lock")
    image = _pins(root / "deploy" / "requirements.lock")
    assert image == {name: tested.get(name) for name in image}


def test_the_images_lock_names_hashes_and_no_index(root: Path) -> None:
    text = (root / "deploy" / "requirements.lock").read_text()
    assert "://" not in text
    assert text.count("==") == len(re.findall(r"== ?\S+[^\\]*\\\n\s+--hash=sha256:", text))


def _read(root: Path, name: str) -> str:
    return (root / name).read_text()


def _pins(lock: Path) -> dict[str, str]:
    """Name to version of what the lock installs on this machine."""
    lines = [line.removesuffix("\\").strip() for line in lock.read_text().splitlines() if "==" in line]
    pins = [Requirement(line) for line in lines]
    return {
        canonicalize_name(pin.name): str(pin.specifier) for pin in pins if pin.marker is None or pin.marker.evaluate()
    }


def _needed_by_the_services() -> set[str]:
    """Third-party distributions that the four services need here, found by walking what each one requires."""
    seen: set[tuple[str, str]] = set()
    waiting = [Requirement(f"switchboard-{service}") for service in SERVICES]
    while waiting:
        wanted = waiting.pop()
        for extra in {"", *wanted.extras}:
            if (key := (canonicalize_name(wanted.name), extra)) in seen:
                continue
            seen.add(key)
            inner = [Requirement(line) for line in requires(wanted.name) or []]
            waiting += [each for each in inner if each.marker is None or each.marker.evaluate({"extra": extra})]
    return {name for name, _ in seen if not name.startswith("switchboard-")}
