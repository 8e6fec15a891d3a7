import pytest

from cli.tests.administration.fake_gateway import LAKESIDE

CREDENTIALS = f"/api/organizations/{LAKESIDE['id']}/webhook-credentials"
CREDENTIAL = {
    "id": "c-1",
    "name": "",
    "plan": {"type": "hmac", "algorithm": "sha256"},
    "not_before": None,
    "not_after": None,
    "created_at": "2026-11-20T10:00:00Z",
    "uses": 4711,
    "last_used_at": "2026-11-21T09:30:00Z",
}


@pytest.fixture
def created(switchboard, gateway):
    gateway.will_answer("POST", CREDENTIALS, CREDENTIAL | {"secret": "planted"}, 201)

    def create(*arguments, **options):
        result = switchboard("credentials", "create", "-o", "Lakeside Dental", *arguments, **options)
        return result, [one.body for one in gateway.changes]

    return create


def test_a_secret_is_alone_on_standard_output(created):
    result, _ = created()

    assert result.stdout == "planted\n"
    assert "Shown only now" in result.stderr
    assert "planted" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "plan"),
    [
        ([], {"type": "secret"}),
        (["--type", "bearer"], {"type": "bearer"}),
        (
            ["--type", "bearer", "--header-name", "X-Key", "--no-prefix"],
            {"type": "bearer", "headerName": "X-Key", "bearerPrefixEnabled": False},
        ),
        (["--type", "hmac"], {"type": "hmac", "algorithm": "sha256"}),
        (
            [
                "--type", "hmac", "--algorithm", "sha512", "--signature-header", "webhook-signature",
                "--signature-prefix", "v1,", "--signature-encoding", "base64",
                "--timestamp-header", "webhook-timestamp",
                "--payload-format", "{svix-id}.{timestamp}.{body}", "--message-id-header", "webhook-id",
                "--secret-is-base64", "--no-timestamp",
            ],
            {
                "type": "hmac", "algorithm": "sha512", "signatureHeader": "webhook-signature",
                "signaturePrefix": "v1,", "signatureEncoding": "base64", "timestampHeader": "webhook-timestamp",
                "payloadFormat": "{svix-id}.{timestamp}.{body}", "messageIdHeader": "webhook-id",
                "secretIsBase64": True, "includeTimestamp": False,
            },
        ),
    ],
    ids=["secret", "bearer", "bearer-in-a-header", "hmac", "hmac-in-full"],
)  # fmt: skip
def test_a_plan_is_written_as_vapi_writes_it(created, arguments, plan):
    result, bodies = created(*arguments)

    assert result.exit_code == 0
    assert bodies == [{"plan": plan}]


@pytest.mark.parametrize(("kind", "field"), [("secret", "secret"), ("bearer", "token"), ("hmac", "secretKey")])
def test_a_secret_that_exists_comes_from_a_file_and_no_command_line(created, kind, field):
    result, (body,) = created("--type", kind, "--secret-file", "-", input="theirs\n")

    assert result.exit_code == 0
    assert body["plan"][field] == "theirs"


def test_a_credential_can_end_at_an_instant(created):
    _, (body,) = created("--until", "2027-01-31T12:00:00+01:00", "--name", "winter")

    assert (body["name"], body["not_after"]) == ("winter", "2027-01-31T12:00:00+01:00")


def test_an_instant_that_cannot_be_read_makes_nothing(created):
    result, bodies = created("--until", "tomorrow")

    assert result.exit_code == 1
    assert "'tomorrow'" in result.stderr
    assert bodies == []


@pytest.mark.parametrize(
    "arguments", [["--algorithm", "sha1"], ["--type", "hmac", "--no-prefix"], ["--type", "bearer", "--no-timestamp"]]
)
def test_an_option_of_another_type_makes_nothing(created, arguments):
    result, bodies = created(*arguments)

    assert result.exit_code == 2
    assert bodies == []


def test_the_list_tells_how_often_each_was_used(switchboard, gateway):
    gateway.will_list(CREDENTIALS, CREDENTIAL)

    result = switchboard("credentials", "list", "-o", "Lakeside Dental")

    assert "type=hmac  algorithm=sha256" in result.stdout
    assert "4711" in result.stdout
    assert "2026-11-21 09:30:00Z" in result.stdout


def test_a_credential_is_revoked_by_its_id(switchboard, gateway):
    gateway.will_answer("DELETE", f"{CREDENTIALS}/c-1", status=204)

    assert switchboard("credentials", "revoke", "c-1", "-o", "Lakeside Dental").exit_code == 0
