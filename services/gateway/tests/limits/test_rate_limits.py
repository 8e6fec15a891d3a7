"""Whose limit it is, of which class, and how many gateways share it."""

from uuid import uuid4

import pytest

from chassis.tenant import TenantId
from gateway.limits.rate_limits import EVENTS_PER_TOOL_CALL, Limited, RateLimits

CLINIC, OTHER_CLINIC = TenantId(uuid4()), TenantId(uuid4())


def limits_of(per_minute, gateways=lambda: 1, count=lambda _kind, _times: None):
    return RateLimits(per_minute, gateways=gateways, count=count)


def taken(limits, kind=Limited.TOOL_CALLS, organization=CLINIC, own=None):
    return limits.take(kind, organization, 1_000_000, own=own)


def test_the_deployments_limit_holds_where_an_organization_has_none():
    assert taken(limits_of(100)) == 100


def test_an_organizations_own_limit_takes_its_place():
    assert taken(limits_of(100), own=250) == 250


def test_organizations_and_classes_are_counted_apart():
    limits = limits_of(100)
    taken(limits)
    assert taken(limits, organization=OTHER_CLINIC) == 100
    assert taken(limits, Limited.ADMINISTRATION) == 100
    assert taken(limits, Limited.EVENTS) == 100 * EVENTS_PER_TOOL_CALL


@pytest.mark.parametrize(("gateways", "share"), [(1, 100), (2, 50), (3, 33), (100, 1), (1000, 1)])
def test_gateways_share_a_limit(gateways, share):
    assert taken(limits_of(100, gateways=lambda: gateways)) == share


def test_a_gateway_more_makes_the_share_smaller_at_once():
    live = [1]
    limits = limits_of(100, gateways=lambda: live[0])
    limits.take(Limited.TOOL_CALLS, CLINIC, 60, own=None)
    live[0] = 2
    assert taken(limits) == 0
    live[0] = 1
    assert taken(limits) == 40


def test_what_is_refused_is_counted_by_its_class():
    counted = []
    limits = limits_of(3, count=lambda *told: counted.append(told))
    for wanted in (2, 1, 4):
        limits.take(Limited.ADMINISTRATION, CLINIC, wanted, own=None)
    assert counted == [(Limited.ADMINISTRATION, 4)]
