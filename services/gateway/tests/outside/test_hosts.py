"""Hosts are asked as they are set up, and no others."""

from ipaddress import ip_address

import pytest

from gateway.outside.hosts import Form, Hosts

ANY = Form(in_path="a-z/", longest=100)


def test_a_host_that_is_set_up_stands_for_itself_and_all_that_ends_in_it() -> None:
    hosts = Hosts.of("control.example.com, .vapi.ai")

    for host in ("control.example.com", "eu.control.example.com", "vapi.ai"):
        assert hosts.checked(f"https://{host}/control", ANY)
    for host in ("example.com", "xcontrol.example.com", "control.example.com.evil.com"):
        assert not hosts.checked(f"https://{host}/control", ANY)


def test_this_machine_is_asked_in_the_clear_only_where_it_is_set_up() -> None:
    hosts = Hosts.of("127.0.0.1:8090,localhost")

    for url in ("http://127.0.0.1:8090/c/control", "http://localhost/control", "http://localhost:9000/control"):
        checked = hosts.checked(url, ANY)
        assert checked is not None
        assert [checked.allows(ip_address(one)) for one in ("127.0.0.1", "::1", "8.8.8.8", "10.0.0.1")] == [
            True,
            True,
            False,
            False,
        ]
    for url in (
        "http://127.0.0.1:8091/control",
        "http://127.0.0.1/control",
        "https://127.0.0.1:8090/control",
        "http://127.0.0.1:8090@evil.com/control",
        "http://127.0.0.2:8090/control",
        "http://localhost.evil.com/control",
        "https://api.vapi.ai/control",
    ):
        assert not hosts.checked(url, ANY)


def test_a_url_is_asked_only_if_it_is_written_as_those_of_its_kind() -> None:
    hosts = Hosts.of(".vapi.ai")

    assert hosts.checked("https://api.vapi.ai/control", ANY)
    assert not hosts.checked("https://api.vapi.ai/%2e", ANY)
    assert not hosts.checked("https://api.vapi.ai/" + "a" * 100, ANY)
    assert hosts.checked("https://api.vapi.ai/%2e", Form(in_path="a-z0-9%", longest=100))


def test_nothing_is_asked_where_no_host_is_set_up() -> None:
    assert not Hosts.of(" , ").checked("https://api.vapi.ai/control", ANY)


@pytest.mark.parametrize(
    "setting",
    ["*.vapi.ai", "https://vapi.ai", "vapi.ai:443", "vapi", "ai", "10.0.0.1", "[::1]", "vapi..ai", ".", "vapi.ai/x"],
)
def test_what_is_no_host_cannot_be_set_up(setting: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        Hosts.of(setting)
