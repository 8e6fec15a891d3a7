from pathlib import Path

import pytest
from pydantic import Field, ValidationError

from chassis.settings import HostAndPort, MigrationSettings, ServerSettings, SettingsIncomplete

PASSWORD = "not-for-the-screen"


class Example(ServerSettings):
    listen_addr: HostAndPort = Field(default="127.0.0.1:50051", description="Where it answers.")
    peer_addr: HostAndPort = Field(description="Where the peer answers.")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without .env and an environment without ours."""
    monkeypatch.chdir(tmp_path)
    for name in (*Example.model_fields, *MigrationSettings.model_fields):
        monkeypatch.delenv(name.upper(), raising=False)


def complaint(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsIncomplete) as ended:
        Example.load()
    return str(ended.value)


def test_everything_missing_or_wrong_is_told_at_once_with_its_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    told = complaint(monkeypatch, LISTEN_ADDR="nowhere", DATABASE_POOL_SIZE="0", LOG_LEVEL="loud")

    assert "DATABASE_URL: is missing  (PostgreSQL URL of the application role" in told
    assert "PEER_ADDR: is missing  (Where the peer answers.)" in told
    assert "LISTEN_ADDR: must be host:port  (Where it answers.)" in told
    assert "DATABASE_POOL_SIZE: " in told
    assert "LOG_LEVEL: " in told
    assert len(told.splitlines()) == 6


@pytest.mark.parametrize("address", ["50051", ":50051", "host", "host:", "host:x", "host:65536", "host:²"])
def test_an_address_that_is_no_host_and_port_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    assert "LISTEN_ADDR: must be host:port" in complaint(monkeypatch, LISTEN_ADDR=address)


def test_a_complaint_does_not_repeat_what_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert PASSWORD not in complaint(monkeypatch, PEER_ADDR=PASSWORD, DATABASE_POOL_SIZE=PASSWORD)


def test_it_ends_the_process_with_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as ended:
        Example.load()
    assert ended.value.code not in (0, None)


def test_settings_come_from_files_the_secret_one_over_the_public_one_and_the_environment_over_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PEER_ADDR=public:1\nLISTEN_ADDR=public:1\nDATABASE_URL=public\nUNKNOWN=x\n")
    (tmp_path / ".env.local").write_text("LISTEN_ADDR=secret:2\nDATABASE_URL=secret\n")
    monkeypatch.setenv("DATABASE_URL", "environment")

    settings = Example.load()

    assert (settings.peer_addr, settings.listen_addr, settings.database_url) == ("public:1", "secret:2", "environment")


def test_settings_cannot_be_changed() -> None:
    settings = Example(database_url="", peer_addr="peer:1")
    with pytest.raises(ValidationError):
        settings.peer_addr = "elsewhere:1"  # type: ignore[misc]  # the point of the test


def test_a_password_is_not_shown_with_the_settings() -> None:
    url = f"postgresql://app:{PASSWORD}@host/switchboard"
    shown = [Example(database_url=url, peer_addr="peer:1"), MigrationSettings(migration_database_url=url)]
    assert PASSWORD not in f"{shown} {shown[0]} {shown[1]}"


def test_the_level_may_be_written_in_capitals() -> None:
    assert Example(database_url="", peer_addr="peer:1", log_level="WARNING").log_level == "warning"
