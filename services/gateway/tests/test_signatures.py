"""No request that was spoilt on its way, or made by somebody who does not know the secret, proves its sender."""

from datetime import UTC, datetime
from itertools import islice
from random import Random

import pytest
from starlette.datastructures import Headers

from gateway.sender.verification import Shown, verifier_of
from services.gateway.tests.signatures import PLANS, Request, mutated

SEED = 20261121
OF_EACH = 100
"""Spoilt requests for each of the plans."""

BODY = b'{"message": {"type": "hang", "phoneNumber": {"number": "+12065550142"}}}'
URL = "https://switchboard.example/api/vapi/webhook"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def is_believed(plan, request: Request) -> bool:
    headers = Headers(raw=[(name.encode(), value.encode("latin-1")) for name, value in request.headers])
    shown = Shown(headers, request.body, request.method, lambda: request.url)
    return verifier_of(plan.verifier).proof(shown, request.now) is not None


def test_there_are_ten_thousand_spoilt_requests():
    assert len(PLANS) * OF_EACH >= 10_000


@pytest.mark.parametrize("name", PLANS)
def test_who_follows_the_plan_is_believed_and_nobody_else(name):
    plan = PLANS[name]
    request = plan.request(BODY, NOW, URL)
    assert is_believed(plan, request)
    spoilt = list(islice(mutated(plan, request, Random(f"{SEED} {name}")), OF_EACH))
    believed = [(kind, one) for kind, one in spoilt if is_believed(plan, one)]
    assert believed == [], f"seed {SEED}"


def what_is_signed(plan):
    return plan.hmac and (plan.hmac.algorithm, plan.hmac.payload_format)


@pytest.mark.parametrize("name", [name for name, plan in PLANS.items() if plan.hmac])
def test_what_is_signed_by_another_plan_proves_nothing_here(name):
    """With the same secret: a plan is part of what is agreed."""
    plan = PLANS[name]
    others = [other for other in PLANS.values() if what_is_signed(other) not in (None, what_is_signed(plan))]
    assert others
    assert not [other.name for other in others if is_believed(plan, other.request(BODY, NOW, URL))]


def test_every_kind_of_spoiling_is_tried():
    plan = PLANS["sha256 base64 'v1,' '{svix-id}.{timestamp}.{body}'"]
    kinds = {kind for kind, _ in islice(mutated(plan, plan.request(BODY, NOW, URL), Random(SEED)), OF_EACH)}
    assert len(kinds) >= 22
