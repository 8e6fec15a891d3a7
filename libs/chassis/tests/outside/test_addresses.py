"""What is of the open Internet, and what has addresses at all."""

from ipaddress import ip_address

import pytest

from chassis.outside.addresses import is_public, resolved


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:2800:220:1::1"])
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


async def test_a_name_that_nobody_has_has_no_addresses() -> None:
    assert await resolved("nobody.invalid", 443) == ()
    assert await resolved("x" * 300, 443) == ()
