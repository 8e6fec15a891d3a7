"""Several secrets in one setting, while one replaces another."""

import pytest

from chassis.live_secrets import SHORTEST, LiveSecrets, MalformedSecrets, live_secrets
from chassis.settings import Settings, SettingsIncomplete

OLD, NEW = "o" * SHORTEST, "n" * SHORTEST


@pytest.mark.parametrize("secret", ["s3cret", "a", " with blanks ", "sésame, ouvre-toi".replace(",", "")])
def test_a_secret_without_a_comma_is_one_as_it_stands(secret):
    assert live_secrets(secret) == (secret,)


def test_of_several_the_first_is_handed_out():
    assert live_secrets(f"{NEW},{OLD}")[:2] == (NEW, OLD)


def test_blanks_around_a_comma_belong_to_no_secret():
    assert live_secrets(f"{NEW} , {OLD}")[:2] == (NEW, OLD)


def test_what_was_one_secret_with_a_comma_is_still_accepted():
    assert live_secrets(f"{NEW},{OLD}")[-1] == f"{NEW},{OLD}"


@pytest.mark.parametrize("text", ["ab,cd", f"{NEW},", f",{NEW}", f"{NEW},{OLD[1:]}", ",", f"{NEW},,{OLD}"])
def test_pieces_that_can_be_guessed_are_no_secrets(text):
    with pytest.raises(MalformedSecrets):
        live_secrets(text)


class Example(Settings):
    vapi_webhook_secret: LiveSecrets


def test_a_process_with_such_pieces_does_not_start_and_does_not_tell_them(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VAPI_WEBHOOK_SECRET", "hunter2,hunter3")
    with pytest.raises(SettingsIncomplete, match=r"VAPI_WEBHOOK_SECRET: must be one secret without a comma") as refused:
        Example.load()
    assert "hunter" not in str(refused.value)
