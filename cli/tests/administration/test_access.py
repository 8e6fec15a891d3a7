"""Which gateway is asked, and what is said when none can be."""

import json
import subprocess
import sys

import pytest

from switchboard_cli.administration.access import find_access
from switchboard_cli.administration.errors import NoGateway
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.stack_file import StackFile, VapiApi

KEY = "the-administrators-key"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("SWITCHBOARD_HOME", "BACKEND_URL", "SWITCHBOARD_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def running_home(tmp_path):
    home = Home(tmp_path / ".switchboard")
    with home.locked():
        file = StackFile("http://127.0.0.1:8000", "the stack's key", "", "", {}, {}, VapiApi("", ""))
        file.write(home.stack_file)
        yield home.path


def test_a_running_stack_is_found_by_itself(running_home):
    access = find_access(None)

    assert (access.url, access.key) == ("http://127.0.0.1:8000", "the stack's key")


def test_the_environment_names_another_gateway(running_home, monkeypatch):
    monkeypatch.setenv("BACKEND_URL", "https://switchboard.example.com/")
    monkeypatch.setenv("SWITCHBOARD_ADMIN_KEY", KEY)

    assert find_access(None).url == "https://switchboard.example.com"


def test_a_home_that_was_asked_for_wins_over_the_environment(running_home, monkeypatch):
    monkeypatch.setenv("BACKEND_URL", "https://switchboard.example.com")
    monkeypatch.setenv("SWITCHBOARD_ADMIN_KEY", KEY)

    assert find_access(running_home).key == "the stack's key"


def test_a_url_without_a_key_names_no_gateway(monkeypatch):
    monkeypatch.setenv("BACKEND_URL", "https://switchboard.example.com")

    with pytest.raises(NoGateway, match="SWITCHBOARD_ADMIN_KEY"):
        find_access(None)


def test_settings_in_files_count_too(tmp_path):
    (tmp_path / ".env").write_text("BACKEND_URL=https://switchboard.example.com\n")
    (tmp_path / ".env.local").write_text(f"SWITCHBOARD_ADMIN_KEY={KEY}\n")

    assert find_access(None).key == KEY


def test_a_key_is_not_shown_with_where_it_is_used(monkeypatch):
    monkeypatch.setenv("BACKEND_URL", "https://switchboard.example.com")
    monkeypatch.setenv("SWITCHBOARD_ADMIN_KEY", KEY)

    assert KEY not in repr(find_access(None))


def test_without_any_gateway_the_command_says_how_to_get_one(switchboard, monkeypatch):
    monkeypatch.delenv("BACKEND_URL")

    result = switchboard("organizations", "list")

    assert result.exit_code == 1
    assert "make up" in result.stderr
    assert "BACKEND_URL" in result.stderr


def test_a_gateway_that_does_not_answer_is_one_sentence(switchboard, gateway, monkeypatch):
    monkeypatch.setenv("BACKEND_URL", "http://127.0.0.1:1")

    result = switchboard("organizations", "list")

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "No gateway answers at http://127.0.0.1:1" in result.stderr


@pytest.mark.parametrize(
    "verb", [["organizations"], ["keys", "create"], ["quarantine"], ["calendars", "create"], ["appointments", "book"]]
)
def test_help_imports_no_client_and_no_service(verb):
    program = (
        "import sys; from typer.testing import CliRunner; from switchboard_cli.main import app\n"
        f"assert CliRunner().invoke(app, {[*verb, '--help']!r}).exit_code == 0\n"
        "import json; print(json.dumps([name for name in ('httpx', 'grpc', 'sqlalchemy') if name in sys.modules]))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    assert json.loads(loaded) == []
