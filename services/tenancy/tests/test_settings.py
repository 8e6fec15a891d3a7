import base64

import pytest

from chassis.settings import SettingsIncomplete
from tenancy.settings import TenancySettings


@pytest.fixture
def load(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/x")

    def with_keys(keys):
        monkeypatch.delenv("SWITCHBOARD_ENCRYPTION_KEYS", raising=False)
        if keys is not None:
            monkeypatch.setenv("SWITCHBOARD_ENCRYPTION_KEYS", keys)
        return TenancySettings.load()

    return with_keys


def key(length=32):
    return base64.b64encode(bytes(range(length))).decode()


def test_one_key_or_several_are_taken(load):
    keys = f"{key()}, {key()}"
    assert load(keys).switchboard_encryption_keys.get_secret_value() == keys


def test_without_keys_tenancy_does_not_start(load):
    with pytest.raises(SettingsIncomplete, match="SWITCHBOARD_ENCRYPTION_KEYS: is missing"):
        load(None)


@pytest.mark.parametrize("keys", ["", "planted-and-no-key", key(31), f"{key()},{key(16)}", f"{key()},"])
def test_keys_that_cannot_seal_are_complained_of_and_not_shown(load, keys):
    with pytest.raises(SettingsIncomplete) as complaint:
        load(keys)
    assert "SWITCHBOARD_ENCRYPTION_KEYS" in str(complaint.value)
    assert "openssl rand -base64 32" in str(complaint.value)
    assert [part for part in keys.split(",") if part and part in str(complaint.value)] == []


def test_settings_that_are_printed_show_no_key(load):
    keys = key()
    assert keys not in repr(load(keys))
