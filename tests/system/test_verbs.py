"""The administrator's documents are true: what they show is run as it stands there, on the running set."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from switchboard_cli.stack.home import Home
from switchboard_cli.stack.stack_file import StackFile
from tests.system.running import Running

DOCS = Path(__file__).parents[2] / "docs"
TOUR = DOCS / "administration.md"
STAFFS_TOUR = DOCS / "booking.md"
ASSISTANTS_TOUR = DOCS / "assistants.md"
WHOSE = DOCS / "tenancy.md"
PATIENCE_SECONDS = 120
VETS = ("Hilltop Vets", "Valley Vets")


def in_a_shell(script: str, home: Home, **more: str) -> subprocess.CompletedProcess[str]:
    """As a person types it: in a folder without settings, with the command of this environment found first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "SWITCHBOARD_HOME": str(home.path), **more}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        cwd=home.path,
        env=environment,
    )


def block(document: Path, language: str) -> str:
    """The document's one fenced block in this language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", document.read_text(), re.DOTALL)
    return str(found)


@pytest.fixture(scope="module")
async def tour(running: Running) -> str:
    """What the tour prints. Afterwards its number is free again: the running set is shared."""
    taken = in_a_shell(block(TOUR, "sh") + 'printf "%s\\n" "$key" "$secret" >&2\n', running.home)
    assert taken.returncode == 0, taken.stderr
    released = in_a_shell('switchboard numbers release +16175550100 -o "Valley Vets"', running.home)
    assert released.returncode == 0, released.stderr
    return taken.stdout + taken.stderr


def test_the_tour_moves_the_number_and_yesterday_stays_the_former_clinics(tour: str) -> None:
    now, before = re.findall(r"RESOLVED ([0-9a-f-]{36})", tour)

    assert now != before
    assert re.search(rf"{before} *\nname +Hilltop Vets", tour)
    assert re.search(rf"{now} *\nname +Valley Vets", tour)


def test_the_tour_shows_its_secrets_once_and_the_audit_log_neither(tour: str) -> None:
    key, secret = tour.splitlines()[-2:]

    assert key.startswith("sb_")
    assert (tour.count(key), tour.count(secret)) == (1, 1)


def test_the_tours_audit_tells_what_was_done_and_by_whom(tour: str) -> None:
    done = re.findall(r"Z  (\S+) +gateway +(\S+)", tour)

    assert done == [
        ("administrator", "organization.suspended"),
        ("administrator", "phone_number.moved"),
        ("administrator", "webhook_credential.created"),
        ("administrator", "api_key.created"),
        ("administrator", "phone_number.mapped"),
        ("administrator", "organization.created"),
    ]


def test_the_tour_of_booking_books_moves_and_forgets(home: Home) -> None:
    taken = in_a_shell(block(STAFFS_TOUR, "sh"), home)

    assert taken.returncode == 0, taken.stderr
    for told in (
        "mon-thu 08:00-12:00 13:00-17:00",
        "first_day=2027-12-24  last_day=2027-12-31  reason=Holidays",
        "day=2027-12-29  opens=09:00  closes=11:00",
        '"name": "Ana Exempla"',
    ):
        assert told in taken.stdout
    assert re.search(r"Ana Exempla +booked", taken.stdout)
    receipt, last = taken.stdout.rpartition("receipt")[::2]
    assert "Ana Exempla" in receipt
    assert "Ana Exempla" not in last
    assert "cancelled" in last


def test_the_tour_of_assistants_points_everything_elsewhere_and_back(home: Home) -> None:
    taken = in_a_shell(block(ASSISTANTS_TOUR, "sh"), home)

    assert taken.returncode == 0, taken.stderr
    assert re.search(r"inbound +Brookside receptionist +synced", taken.stdout)
    assert re.search(r"Billing +\+13125550132 .*accounts", taken.stdout)
    elsewhere = r"https://staging\.example\.com/api/vapi/webhook +https://calls\.example\.com/api/vapi/webhook"
    assert re.search(rf"assistant +Brookside receptionist.* {elsewhere}", taken.stdout)
    assert re.search(r"assistant +Brookside receptionist.* pointed", taken.stdout)
    assert re.search(r"state +completed", taken.stdout)
    assert re.search(r"state +rolled_back", taken.stdout)


def test_after_the_tour_of_assistants_nothing_posts_there(home: Home) -> None:
    looked = in_a_shell('switchboard assistants show inbound -o "Lakeside Dental"', home)

    assert "calls.example.com" not in looked.stdout


REST_OF_THE_VERBS = """
org=$(switchboard organizations create "Meadow Vets" --timezone Europe/London --json | python3 -c "$ID")
switchboard organizations update "$org" --name "Meadow and Brook Vets" --timezone Europe/Dublin
switchboard organizations update "$org" --rate-limit 250
switchboard organizations suspend "$org"
switchboard organizations resume "$org"
switchboard numbers map +16175550102 -o "$org"
switchboard numbers release "+1 617 555 0102" -o "$org"
key=$(switchboard keys create reports -o "$org" --json | python3 -c "$ID")
switchboard keys revoke "$key" -o "$org"
switchboard keys list -o "$org"
platforms=$(switchboard keys create auditors --platform --scope read --json | python3 -c "$ID")
switchboard keys revoke "$platforms" --platform
switchboard keys list --platform
echo "a secret that exists already" > secret.txt
first=$(switchboard credentials create -o "$org" --type hmac --secret-file secret.txt --signature-encoding base64 \
  --payload-format "{svix-id}.{timestamp}.{body}" --message-id-header webhook-id --signature-prefix "v1," \
  --signature-header webhook-signature --timestamp-header webhook-timestamp --json | python3 -c "$ID")
switchboard credentials create -o "$org" --type bearer --header-name X-Key --no-prefix --until 7d
switchboard credentials list -o "$org"
switchboard credentials revoke "$first" -o "$org"
quiet=$(switchboard calendars create "Dr. Sea" -o "$org" --timezone Europe/Dublin --json | python3 -c "$ID")
switchboard calendars update "Dr. Sea" -o "$org" --hours "mon-sun 00:00-24:00"
switchboard calendars close "dr. sea" 2027-05-01 -o "$org" --hours 12:00-24:00
switchboard calendars reset "$quiet" 2027-05-01 -o "$org"
switchboard calendars list -o "$org"
switchboard services create Surgery -o "$org" --duration 60 --calendar "Dr. Sea" --buffer-after 15
switchboard services update Surgery -o "$org" --synonym operation --calendar ""
switchboard services show surgery -o "$org"
who=$(switchboard contacts create "Ben Sample" -o "$org" --email ben@example.com --json | python3 -c "$ID")
switchboard contacts update ben -o "$org" --phone +16175550103 --email ""
switchboard contacts show "$who" -o "$org"
switchboard contacts list -o "$org" --search +16175550103
visit=$(switchboard appointments book "$who" -o "$org" --calendar "Dr. Sea" --service Surgery \
  --at "$(date -u -d tomorrow +%F)T12:00:00Z" --json | python3 -c "$ID")
switchboard appointments cancel "$visit" -o "$org"
switchboard appointments list -o "$org" --status cancelled --calendar "Dr. Sea" --contact "$who"
switchboard departments create Theatre -o "$org" --sip sip:theatre@voice.example
switchboard departments update Theatre -o "$org" --number +16175550104 --synonym operations
switchboard departments show theatre -o "$org"
switchboard departments delete Theatre -o "$org"
link=$(switchboard feeds create "Dr. Sea" -o "$org" --with-names --json | python3 -c "$ID")
switchboard feeds list "Dr. Sea" -o "$org"
switchboard feeds revoke "$link" -o "$org"
echo "webcal://calendars.invalid/secret.ics" > secret.txt
source=$(switchboard busy-sources add "Dr. Sea" -o "$org" --link-file secret.txt --json | python3 -c "$ID")
switchboard busy-sources list "Dr. Sea" -o "$org"
switchboard busy-sources remove "$source" -o "$org"
switchboard calendars conflicts "Dr. Sea" -o "$org"
echo "a password of the calendar outside" > secret.txt
other=$(switchboard connections create "Dr. Sea" https://calendars.invalid/sea/ -o "$org" --username sea \
  --password-file secret.txt --json | python3 -c "$ID")
switchboard connections list "Dr. Sea" -o "$org"
switchboard connections replace-password "$other" -o "$org" --password-file secret.txt
switchboard connections show "$other" -o "$org"
switchboard connections drift "Dr. Sea" -o "$org"
switchboard connections delete "$other" -o "$org" --leave-events
switchboard services delete Surgery -o "$org"
switchboard services list -o "$org"
switchboard calendars delete "Dr. Sea" -o "$org"
switchboard calls list -o "$org"
switchboard quarantine list
switchboard audit -o "$org" --limit 3 --json | python3 -c "$COUNT"
"""


def test_what_the_tour_leaves_out_is_done_as_it_is_asked_for(home: Home) -> None:
    read = "import json, sys; print(json.load(sys.stdin)['id'])", "import json, sys; print(len(json.load(sys.stdin)))"
    done = in_a_shell(REST_OF_THE_VERBS, home, ID=read[0], COUNT=read[1])

    assert done.returncode == 0, done.stderr
    for told in (
        "Meadow and Brook Vets is suspended",
        "Meadow and Brook Vets is active",
        "+16175550102 belongs to nobody now",
        "type=bearer  headerName=X-Key  bearerPrefixEnabled=no",
        "payloadFormat={svix-id}.{timestamp}.{body}",
        "mon-sun 00:00-24:00",
        "operation",
        "+16175550104",
        "Callers are put through to Theatre no more",
        "The appointment is cancelled",
        "The link leads nowhere now",
        "calendars.invalid",
        "The busy source is forgotten",
        "No conflict",
        "https://calendars.invalid/sea/",
        "Everything is there as it is here",
        "The connection is ended",
        "No service yet",
        "Dr. Sea is booked no more",
        "No call yet",
    ):
        assert told in done.stdout
    assert "secret.ics" not in done.stdout
    assert "a password of the calendar outside" not in done.stdout
    assert done.stdout.splitlines()[-1] == "3"


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        ('numbers map +14155550100 -o "Lakeside Dental"', "PHONE_NUMBER_TAKEN"),
        ('numbers map 911 -o "Lakeside Dental"', "MALFORMED_PHONE_NUMBER"),
        ('numbers move +12125550100 --from "Harbor Physiotherapy" --to "Lakeside Dental"', "PHONE_NUMBER_NOT_FOUND"),
        ("numbers lookup +12125550199", "PHONE_NUMBER_NOT_FOUND"),
        ("organizations create Moonbase --timezone Mars/Olympus", "UNKNOWN_TIMEZONE"),
        ("organizations show 00000000-0000-4000-8000-000000000000", "ORGANIZATION_NOT_FOUND"),
        ('keys revoke 00000000-0000-4000-8000-000000000000 -o "Lakeside Dental"', "API_KEY_NOT_FOUND"),
        ('calendars create X -o "Lakeside Dental" --timezone Mars/Olympus', "UNKNOWN_TIMEZONE"),
        ('services create X -o "Lakeside Dental" --duration 1', "MALFORMED_SERVICE"),
        ('feeds revoke 00000000-0000-4000-8000-000000000000 -o "Lakeside Dental"', "FEED_NOT_FOUND"),
        ('busy-sources remove 00000000-0000-4000-8000-000000000000 -o "Lakeside Dental"', "BUSY_SOURCE_NOT_FOUND"),
        ('connections show 00000000-0000-4000-8000-000000000000 -o "Lakeside Dental"', "CONNECTION_NOT_FOUND"),
        ('contacts create X -o "Lakeside Dental"', "MALFORMED_CONTACT"),
        ('appointments cancel 00000000-0000-4000-8000-000000000000 -o "Lakeside Dental"', "APPOINTMENT_NOT_FOUND"),
        ('contacts export 00000000-0000-4000-8000-000000000000 -o "Lakeside Dental"', "CONTACT_NOT_FOUND"),
        ('calls show 00000000-0000-4000-8000-000000000000 -o "Lakeside Dental"', "CALL_NOT_FOUND"),
        ("quarantine show 00000000-0000-4000-8000-000000000000", "QUARANTINED_MESSAGE_NOT_FOUND"),
        (
            'credentials create -o "Lakeside Dental" --type hmac --payload-format "{nonsense}"',
            "MALFORMED_WEBHOOK_CREDENTIAL",
        ),
    ],
)
def test_a_refusal_names_its_state_and_a_remedy_in_two_lines(home: Home, verb: str, code: str) -> None:
    refused = in_a_shell(f"switchboard {verb}", home)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("✗ ")
    assert refused.stderr.endswith(f"({code})\n")
    assert refused.stderr.count("\n") == 2


def examples() -> list[tuple[str, str]]:
    """Options of `switchboard resolve`, and the outcome that the document promises."""
    return re.findall(r"^\| `(--.+?)` \| `([A-Z]+)` \|$", WHOSE.read_text(), re.MULTILINE)


def test_each_example_of_evidence_has_the_outcome_that_is_told(home: Home) -> None:
    asked = "".join(f"switchboard resolve {options} | head -1 || true\n" for options, _ in examples())

    answered = in_a_shell(block(WHOSE, "sh") + asked, home)

    outcomes = [line.split()[0] for line in answered.stdout.splitlines()]
    assert outcomes == [outcome for _, outcome in examples()]


def test_the_example_in_python_runs_as_it_stands(home: Home, stack: StackFile) -> None:
    answered = subprocess.run(
        [sys.executable, "-c", block(WHOSE, "python")],
        check=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**os.environ, "TENANCY_ADDR": stack.grpc["tenancy"], "SERVICE_TOKEN_FILE": str(home.operator_token)},
    )

    assert answered.stdout.split()[:2] == ["RESOLVED", stack.organizations[0].id]


def test_a_client_that_has_no_protos_asks_as_the_document_shows(stack: StackFile) -> None:
    """What grpcurl does: descriptors by reflection, then the call, with a service credential."""
    (request, method) = re.findall(r"-d '(.+?)' 127.0.0.1:15051 (\S+)", WHOSE.read_text())[0]
    service, _, name = method.rpartition("/")
    proof = (("authorization", f"Bearer {stack.service_token}"),)

    with grpc.insecure_channel(stack.grpc["tenancy"]) as channel:
        described = ProtoReflectionDescriptorDatabase(channel)
        assert service in described.get_services()
        rpc = DescriptorPool(described).FindServiceByName(service).methods_by_name[name]
        ask: grpc.UnaryUnaryMultiCallable[Message, Message] = channel.unary_unary(
            f"/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(rpc.output_type).FromString,
        )
        answer = ask(ParseDict(json.loads(request), GetMessageClass(rpc.input_type)()), timeout=10, metadata=proof)

    assert MessageToDict(answer)["organizationId"] == stack.organizations[0].id
