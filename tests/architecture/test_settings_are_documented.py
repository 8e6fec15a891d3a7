"""Whoever runs Switchboard finds every setting in .env.example, and nothing there that is not read."""

import importlib
import re
from pathlib import Path

import pytest

from chassis.settings import MigrationSettings, Settings

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / ".env.example"
SETTINGS = (
    "gateway.settings:GatewaySettings",
    "tenancy.settings:TenancySettings",
    "booking.settings:BookingSettings",
    "assistant_sync.settings:AssistantSyncSettings",
)
READ_BY_THE_COMMAND = {"SWITCHBOARD_HOME", "NGROK_URL", "TEST_DATABASE_URL"}


def settings_classes() -> list[type[Settings]]:
    named = (name.split(":") for name in SETTINGS)
    return [getattr(importlib.import_module(module), name) for module, name in named] + [MigrationSettings]


def documented() -> dict[str, str]:
    """Variables of .env.example, commented out or not, with the comment above them."""
    found = {}
    comment: list[str] = []
    for line in EXAMPLE.read_text().splitlines():
        if match := re.fullmatch(r"#?\s?([A-Z][A-Z0-9_]+)=.*", line):
            found[match[1]] = " ".join(comment)
        comment = [*comment, line.removeprefix("#").strip()] if line.startswith("# ") and not match else []
    return found


@pytest.mark.parametrize("settings", settings_classes(), ids=lambda settings: settings.__name__)
def test_every_setting_is_in_the_example(settings: type[Settings]) -> None:
    missing = {name.upper() for name in settings.model_fields} - set(documented())

    assert missing == set()


@pytest.mark.parametrize("settings", settings_classes(), ids=lambda settings: settings.__name__)
def test_every_setting_says_what_it_means(settings: type[Settings]) -> None:
    assert [name for name, field in settings.model_fields.items() if not field.description] == []


def test_nothing_is_in_the_example_that_is_not_read() -> None:
    read = {name.upper() for settings in settings_classes() for name in settings.model_fields}

    assert set(documented()) - read - READ_BY_THE_COMMAND == set()
