"""What may not be in the repository is not, and what a stranger reads first is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

REPOSITORY = Path(__file__).parents[2]

# Known shapes of real secrets. High entropy alone is left out: hashes, ids and generated code are full of it.
PLUGINS = (
    "AWSKeyDetector",
    "ArtifactoryDetector",
    "AzureStorageKeyDetector",
    "CloudantDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "IbmCloudIamDetector",
    "JwtTokenDetector",
    "MailchimpDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
)


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    if shutil.which("git") is None or not (REPOSITORY / ".git").exists():
        pytest.skip("this copy is no git checkout: there are no tracked files to look at")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, check=True, capture_output=True, text=True)
    return [REPOSITORY / name for name in listed.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


def test_files_with_secrets_are_ignored_by_git(tracked: list[Path]) -> None:
    for name in (".env.local", ".switchboard/secrets.json"):
        done = subprocess.run(["git", "check-ignore", "-q", name], cwd=REPOSITORY, check=False)

        assert done.returncode == 0, f"{name} would be committed"


def found_secrets(paths: list[Path]) -> list[str]:
    found = SecretsCollection()
    # No filters: what has the shape of a secret counts as one, and guessing that it is none takes half of the time.
    with transient_settings({"plugins_used": [{"name": name} for name in PLUGINS], "filters_used": []}):
        for path in paths:
            found.scan_file(str(path))
    return [f"{Path(name).name}:{secret.line_number}: {secret.type}" for name, secret in found]


def test_no_tracked_file_holds_a_secret(tracked: list[Path]) -> None:
    assert found_secrets(tracked) == []


def test_the_secret_scan_finds_a_planted_secret(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text('key = "AKIA' + "Q" * 12 + 'W7Z9"\n-----BEGIN ' + "RSA PRIVATE KEY-----\n")

    assert len(found_secrets([planted])) == 2


def test_no_tracked_file_names_a_package_index_or_a_home_folder(tracked: list[Path]) -> None:
    """The repository stands for itself: it names no machine and no registry's host."""
    telling = re.compile(r"https?://[^\s\"']*/simple|index[-]url|/(?:root|home)/[a-z]", re.IGNORECASE)
    told = [
        f"{path.relative_to(REPOSITORY)}:{number}"
        for path in tracked
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if telling.search(line)
    ]

    assert told == []


def test_uv_lock_is_not_tracked(tracked: list[Path]) -> None:
    """It records index addresses; requirements.lock holds versions and hashes alone."""
    assert REPOSITORY / "uv.lock" not in tracked


def test_the_readme_is_short() -> None:
    assert len((REPOSITORY / "README.md").read_text().splitlines()) <= 80


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_every_file_a_document_names_exists(document: str) -> None:
    """Paths in backquotes and links; a document that points nowhere misleads."""
    text = (REPOSITORY / document).read_text()
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    quoted = re.findall(r"`((?:protos|libs|services|cli|deploy|tests|docs)/[\w./-]+)`", text)

    assert [path for path in {*linked, *quoted} if not (REPOSITORY / path).exists()] == []
