from hashlib import sha256
from pathlib import Path

import pytest

from chassis.encryption import Sealer
from switchboard_cli.stack.errors import HomeInUse
from switchboard_cli.stack.home import Home, new_encryption_key


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.make()
    return home


def test_one_stack_holds_a_home_at_a_time(home: Home) -> None:
    with home.locked():
        assert home.is_locked()
        with pytest.raises(HomeInUse, match="--home"), Home(home.path).locked():
            pass
    assert not home.is_locked()


def test_secrets_are_made_once_and_kept(home: Home) -> None:
    first = dict(home.secrets(["admin", "webhook"]))
    second = home.secrets(["admin", "webhook", "vapi"])
    assert first.items() <= second.items()
    assert len(set(second.values())) == 3


def test_an_encryption_key_is_one_that_a_sealer_takes(home: Home) -> None:
    (key,) = home.secrets(["encryption_keys"], make=new_encryption_key).values()
    sealer = Sealer.from_text(key)
    assert sealer.open(sealer.seal(b"kept", about="a test"), about="a test") == b"kept"


def test_all_that_holds_a_key_is_its_owners_alone(home: Home) -> None:
    home.secrets(["admin"])
    home.write_service_credentials({"gateway": "token"})
    files = [path for path in home.path.rglob("*") if path.is_file()]
    assert len(files) == 3
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_servers_learn_digests_and_callers_their_own_token(home: Home) -> None:
    home.write_service_credentials({"gateway": "one", "operator": "two"})
    digests = [sha256(token).hexdigest() for token in (b"one", b"two")]
    assert home.credentials_file.read_text() == f"gateway {digests[0]}\noperator {digests[1]}\n"
    assert home.token_file("operator").read_text() == "two\n"


def test_a_folder_that_was_there_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    Home(tmp_path).make()
    assert tmp_path.stat().st_mode & 0o777 == 0o700
