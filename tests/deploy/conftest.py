from pathlib import Path

import pytest

from tests.deploy.manifests import Manifests, read_base, read_documents


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).parents[2]


@pytest.fixture
def manifests(root: Path) -> Manifests:
    """Read for each test, which may break its copy."""
    deploy = root / "deploy"
    return Manifests(read_base(deploy / "base"), read_documents(deploy / "provided.example.yaml"))
