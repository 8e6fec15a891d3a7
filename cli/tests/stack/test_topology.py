import json
import signal
from pathlib import Path

import pytest

from switchboard_cli.stack.home import Home
from switchboard_cli.stack.processes import Program
from switchboard_cli.stack.stack_file import SeededOrganization, StackFile
from switchboard_cli.stack.topology import ENCRYPTION_KEYS, SECRETS, Topology, Wishes, wanted_ports


@pytest.fixture
def topology_of(tmp_path: Path):
    def make(environment=None, replicas=None, vapi_url=None, **wishes) -> Topology:
        wishes = Wishes(environment=environment or {}, replicas=replicas or {}, vapi_url=vapi_url, **wishes)
        wanted = wanted_ports(wishes.replicas, with_simulator=vapi_url is None)
        ports = {"gateway": 8000, **{name: 50000 + number for number, (name, _) in enumerate(wanted)}}
        return Topology(Home(tmp_path), ports, {name: f"secret {name}" for name in (*SECRETS, ENCRYPTION_KEYS)}, wishes)

    return make


def named(topology: Topology) -> dict[str, Program]:
    return {program.name: program for program in topology.programs()}


def test_services_wait_for_the_migrations_and_the_gateway_for_nothing(topology_of) -> None:
    needs = {name: program.needs for name, program in named(topology_of()).items()}
    assert needs == {
        "postgres": (),
        "vapi_simulator": (),
        "migrations": ("postgres",),
        "tenancy": ("migrations",),
        "booking": ("migrations",),
        "assistant_sync": ("migrations",),
        "gateway": (),
    }


def test_no_port_is_among_those_that_the_kernel_gives_to_connections() -> None:
    first_of_the_kernels = 32768  # Linux's ip_local_port_range
    ports = dict(wanted_ports({"booking": 2}, with_simulator=True)).values()
    assert max(ports) < first_of_the_kernels - 100  # the next free one is near


def test_only_the_migrations_hold_an_owners_key(topology_of) -> None:
    holders = {
        name
        for name, program in named(topology_of()).items()
        if any("_owner:" in value for value in program.env.values())
    }
    assert holders == {"migrations"}


def test_each_service_holds_the_key_of_its_own_database_alone(topology_of) -> None:
    programs = named(topology_of())
    for backend in ("tenancy", "booking", "assistant_sync"):
        urls = [value for value in programs[backend].env.values() if value.startswith("postgresql:")]
        assert [url.split(":")[1] for url in urls] == [f"//{backend}_app"]


def test_the_callers_environment_reaches_services_but_not_the_database(topology_of) -> None:
    programs = named(topology_of(environment={"LOG_LEVEL": "debug"}))
    assert [name for name, program in programs.items() if program.env.get("LOG_LEVEL") != "debug"] == ["postgres"]


def test_each_process_of_a_service_has_an_address_and_the_gateway_knows_all(topology_of) -> None:
    programs = named(topology_of(replicas={"booking": 2}))
    first, second = programs["booking"].address, programs["booking-2"].address
    assert first != second
    assert programs["gateway"].env["BOOKING_ADDR"] == f"ipv4:{first},{second}"
    assert programs["booking-2"].role == "booking"


def test_another_vapi_leaves_the_simulator_out(topology_of) -> None:
    topology = topology_of(vapi_url="https://vapi.example", vapi_key="theirs")
    assert "vapi_simulator" not in named(topology)
    assert named(topology)["assistant_sync"].env["VAPI_BASE_URL"] == "https://vapi.example"
    assert topology.stack_file().vapi.api_key == "theirs"


def test_keys_that_were_given_replace_our_own(topology_of) -> None:
    file = topology_of(webhook_secret="w", admin_key="a").stack_file()
    assert (file.webhook_secret, file.admin_key) == ("w", "a")


def test_of_several_webhook_secrets_the_gateway_accepts_all_and_callers_show_the_first(topology_of) -> None:
    both = "the-new-secret-of-this-stack,the-old-secret-of-this-stack"
    topology = topology_of(webhook_secret=both)
    assert topology.stack_file().webhook_secret == "the-new-secret-of-this-stack"
    told = {name: program.env.get("VAPI_WEBHOOK_SECRET") for name, program in named(topology).items()}
    assert (told["gateway"], told["assistant_sync"]) == (both, both)


def test_the_public_url_reaches_who_points_assistants_at_it_and_who_verifies_signatures_over_it(topology_of) -> None:
    programs = named(topology_of(backend_url="https://tunnel.example"))
    assert {name: program.env["BACKEND_URL"] for name, program in programs.items() if "BACKEND_URL" in program.env} == {
        "assistant_sync": "https://tunnel.example",
        "gateway": "https://tunnel.example",
    }


@pytest.mark.parametrize("setting", ["VAPI_CONTROL_HOSTS", "VAPI_RECORDING_HOSTS"])
def test_the_gateway_finds_the_simulators_calls_and_recordings_unless_the_callers_environment_says_otherwise(
    topology_of, setting: str
) -> None:
    def hosts(topology: Topology) -> str | None:
        return named(topology)["gateway"].env.get(setting)

    simulated = topology_of()
    assert hosts(simulated) == named(simulated)["vapi_simulator"].address
    assert hosts(topology_of(environment={setting: ".example.com"})) == ".example.com"
    assert hosts(topology_of(vapi_url="https://vapi.example")) is None


def test_who_seals_something_holds_the_encryption_keys(topology_of) -> None:
    programs = named(topology_of(encryption_keys="theirs"))
    assert {
        name: program.env["SWITCHBOARD_ENCRYPTION_KEYS"]
        for name, program in programs.items()
        if "SWITCHBOARD_ENCRYPTION_KEYS" in program.env
    } == {"tenancy": "theirs", "booking": "theirs"}


def test_encryption_keys_of_our_own_are_what_tenancy_reads(topology_of) -> None:
    assert named(topology_of())["tenancy"].env["SWITCHBOARD_ENCRYPTION_KEYS"] == f"secret {ENCRYPTION_KEYS}"


def test_the_database_stops_last_and_the_gateway_first(topology_of) -> None:
    programs = named(topology_of())
    tiers = [programs[name].tier for name in ("gateway", "tenancy", "booking", "assistant_sync", "postgres")]
    assert tiers == sorted(tiers)
    assert tiers[0] < tiers[1] < tiers[-1]
    assert programs["postgres"].stop_signal is signal.SIGINT


def test_no_command_line_tells_a_secret(topology_of) -> None:
    assert not [program.name for program in topology_of().programs() if "secret" in " ".join(program.argv)]


def test_the_stack_file_has_the_fields_that_others_rely_on(topology_of, tmp_path: Path) -> None:
    organization = SeededOrganization("1", "Harbour", "America/New_York", "+12025550143", "key", "assistant")
    file = topology_of().stack_file().with_pids({"postgres": [1], "vapi_simulator": [9], "booking": [4, 6]})
    file.with_organizations([organization]).write(tmp_path / "stack.json")
    content = json.loads((tmp_path / "stack.json").read_text())
    assert list(content) == [
        "gateway_url",
        "admin_key",
        "webhook_secret",
        "service_token",
        "grpc",
        "databases",
        "vapi",
        "pids",
        "organizations",
    ]
    assert content["gateway_url"] == "http://127.0.0.1:8000"
    assert content["pids"] == {"postgres": [1], "booking": [4, 6]}
    assert content["databases"].keys() == content["grpc"].keys() == {"tenancy", "booking", "assistant_sync"}
    assert content["databases"]["booking"].keys() == {"app", "owner"}
    assert content["vapi"].keys() == {"base_url", "api_key"}
    assert content["organizations"][0].keys() == {"id", "name", "timezone", "phone_number", "api_key", "assistant_id"}
    assert StackFile.read(tmp_path / "stack.json").organizations == [organization]
    assert (tmp_path / "stack.json").stat().st_mode & 0o777 == 0o600
