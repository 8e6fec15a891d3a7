import pytest

from assistant_sync.settings import AssistantSyncSettings
from chassis.settings import SettingsIncomplete

COMPLETE = {
    "DATABASE_URL": "postgresql://localhost/x",
    "TENANCY_ADDR": "localhost:50051",
    "BOOKING_ADDR": "localhost:50052",
    "VAPI_PRIVATE_KEY": "key",
    "VAPI_WEBHOOK_SECRET": "s3cret",
    "BACKEND_URL": "https://switchboard.example/",
}


@pytest.fixture
def environment(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in (*COMPLETE, "WEBHOOK_URL", "VAPI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)

    def put(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return put


def test_assistants_are_pointed_at_the_gateways_route(environment):
    environment(**COMPLETE)
    assert AssistantSyncSettings.load().webhook == "https://switchboard.example/api/vapi/webhook"


def test_a_webhook_url_of_its_own_is_used_as_it_is(environment):
    environment(**COMPLETE, WEBHOOK_URL="https://elsewhere.example/hook")
    assert AssistantSyncSettings.load().webhook == "https://elsewhere.example/hook"


def test_all_that_is_missing_is_named_at_once(environment):
    with pytest.raises(SettingsIncomplete) as complaint:
        AssistantSyncSettings.load()
    for name in COMPLETE:
        assert name in str(complaint.value)


@pytest.mark.parametrize("secret", ["VAPI_PRIVATE_KEY", "VAPI_WEBHOOK_SECRET"])
def test_an_empty_secret_is_a_missing_one(environment, secret):
    environment(**COMPLETE | {secret: ""})
    with pytest.raises(SettingsIncomplete, match=secret):
        AssistantSyncSettings.load()


@pytest.mark.parametrize("url", ["http://switchboard.example", "ftp://localhost", "switchboard.example"])
def test_callers_words_are_never_sent_in_the_clear(environment, url):
    environment(**COMPLETE | {"BACKEND_URL": url})
    with pytest.raises(SettingsIncomplete, match="BACKEND_URL"):
        AssistantSyncSettings.load()


def test_http_to_this_machine_is_for_development(environment):
    environment(**COMPLETE | {"BACKEND_URL": "http://127.0.0.1:8000"})
    assert AssistantSyncSettings.load().webhook == "http://127.0.0.1:8000/api/vapi/webhook"
