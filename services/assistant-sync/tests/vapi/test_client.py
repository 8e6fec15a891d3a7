from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import stamina

from assistant_sync.domain.reconciling.budget import Budget
from assistant_sync.domain.reconciling.share import Share
from assistant_sync.domain.trouble import VapiAway, VapiMissing, VapiPinned, VapiRefused, VapiUnauthorised
from assistant_sync.vapi import resource
from assistant_sync.vapi.account import VapiAccount, fingerprint

GO = Share(0, is_refused=False, is_probe=False)
ASSISTANT = {"id": "a-1", "name": "Reception"}


class Scripted(httpx.AsyncBaseTransport):
    """Answers one thing after the other."""

    def __init__(self, *script) -> None:
        self.script = list(script)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def assistants_of(transport: httpx.AsyncBaseTransport) -> resource.VapiResource:
    return account_of(transport).assistants


def account_of(transport: httpx.AsyncBaseTransport, account: "Account | None" = None) -> VapiAccount:
    budget = Budget(account or Account(), requests_per_second=10_000)
    return VapiAccount("https://vapi.example", "the-key", budget, transport=transport)


async def test_the_accounts_key_is_sent_as_a_bearer_token():
    transport = Scripted(httpx.Response(200, json=ASSISTANT))
    await assistants_of(transport).get("a-1")
    assert transport.requests[0].headers["Authorization"] == "Bearer the-key"


@pytest.mark.parametrize(
    ("status", "state"),
    [(400, VapiRefused), (401, VapiUnauthorised), (403, VapiUnauthorised), (404, VapiMissing), (409, VapiRefused)],
)
async def test_an_answer_that_settles_it_is_not_asked_for_again(status, state):
    transport = Scripted(httpx.Response(status, json={"message": "no"}))
    with pytest.raises(state):
        await assistants_of(transport).patch("a-1", {"name": "x"})
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    "trouble", [httpx.Response(429), httpx.Response(500), httpx.ReadTimeout("slow"), httpx.ConnectError("gone")]
)
async def test_a_patch_is_repeated_while_vapi_is_away(trouble):
    transport = Scripted(trouble, httpx.Response(200, json=ASSISTANT))
    await assistants_of(transport).patch("a-1", {"name": "x"})
    assert [request.method for request in transport.requests] == ["PATCH", "PATCH"]


@pytest.mark.parametrize(
    ("trouble", "may_have_happened"),
    [
        (httpx.Response(500), True),
        (httpx.ReadTimeout("slow"), True),
        (httpx.Response(200, text="not JSON"), True),
        (httpx.Response(429), False),
        (httpx.ConnectError("gone"), False),
        (httpx.Response(404), False),
    ],
)
async def test_a_post_is_sent_once_and_says_whether_it_may_have_happened(trouble, may_have_happened):
    transport = Scripted(trouble)
    with pytest.raises(VapiAway) as away:
        await assistants_of(transport).create({"name": "x"})
    assert away.value.may_have_happened is may_have_happened
    assert len(transport.requests) == 1


async def test_after_a_failure_the_first_retry_waits_a_second_or_as_long_as_vapi_asks(monkeypatch):
    waits = []

    async def note(seconds):
        waits.append(seconds)

    monkeypatch.setattr("stamina._core._smart_sleep", note)
    busy = httpx.Response(429, headers={"Retry-After": "3"})
    with stamina.set_testing(testing=False):
        await assistants_of(Scripted(httpx.Response(500), busy, httpx.Response(200, json=ASSISTANT))).get("a-1")
    assert 1 <= waits[0] <= 1.5
    assert waits[1] == 3


async def test_a_wait_longer_than_a_save_can_bear_is_left_for_later():
    transport = Scripted(httpx.Response(429, headers={"Retry-After": "60"}))
    with pytest.raises(VapiAway) as away:
        await assistants_of(transport).get("a-1")
    assert away.value.retry_after == 60
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    ("date", "least", "most"),
    [
        (lambda: datetime.now(UTC) + timedelta(hours=1), 3000, 3600),  # of the test, not of the run it is collected for
        (lambda: datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC), 0, 0),
    ],
    ids=["in an hour", "long ago"],
)
async def test_a_wait_may_be_said_as_a_date(date, least, most):
    said = format_datetime(date(), usegmt=True)
    busy = httpx.Response(429, headers={"Retry-After": said})
    with pytest.raises(VapiAway) as away:
        await assistants_of(Scripted(busy, busy, busy)).get("a-1")
    assert least <= away.value.retry_after <= most


@pytest.mark.parametrize("said", ["soon", "-1", "1.5", "Sun, 06 Nov 1994 08:49:37"])
async def test_a_wait_that_nobody_understands_is_none(said):
    busy = httpx.Response(429, headers={"Retry-After": said})
    with pytest.raises(VapiAway) as away:
        await assistants_of(Scripted(busy, busy, busy)).get("a-1")
    assert away.value.retry_after is None


async def test_every_assistant_is_listed_although_two_of_one_instant_lie_on_a_pages_edge(monkeypatch):
    monkeypatch.setattr(resource, "_PAGE", 2)
    first, second, third = ({"id": str(n), "createdAt": at} for n, at in enumerate(("T2", "T1", "T1")))
    transport = Scripted(
        *(httpx.Response(200, json=page) for page in ([first, second], [second, third], [second, third]))
    )
    assert [item["id"] async for item in assistants_of(transport).all()] == ["0", "1", "2"]
    assert transport.requests[1].url.params["createdAtLe"] == "T1"


async def test_an_id_cannot_leave_its_place_in_the_path():
    transport = Scripted(httpx.Response(200, json=ASSISTANT))
    await assistants_of(transport).get("../tool?x")
    assert transport.requests[0].url.raw_path == b"/assistant/..%2Ftool%3Fx"


async def test_what_is_gone_already_is_deleted():
    transport = Scripted(httpx.Response(500), httpx.Response(404, json={"message": "no"}))
    await account_of(transport).tools.delete("t-1")
    assert [(request.method, request.url.path) for request in transport.requests] == [("DELETE", "/tool/t-1")] * 2


async def test_what_is_pinned_is_not_deleted_and_not_asked_for_again():
    transport = Scripted(httpx.Response(409, json={"error": "tool_pinned"}))
    with pytest.raises(VapiPinned):
        await account_of(transport).tools.delete("t-1")


class Account:
    """Says what was decided for an account, and remembers what it was told."""

    def __init__(self, *shares: Share) -> None:
        self.shares = list(shares)
        self.told: list[tuple[str, object]] = []

    async def take(self, spacing: float, slack: float) -> Share:
        return self.shares.pop(0) if self.shares else GO

    async def hold(self, seconds: float) -> None:
        self.told.append(("hold", seconds))

    async def note(self, *, is_refused: bool) -> None:
        self.told.append(("refused", is_refused))


async def test_nothing_is_sent_while_the_account_is_known_to_be_refused():
    transport = Scripted()
    with pytest.raises(VapiUnauthorised):
        await account_of(transport, Account(Share(0, is_refused=True, is_probe=False))).assistants.get("a-1")
    assert transport.requests == []


async def test_a_key_that_is_refused_is_refused_for_everybody():
    account = Account()
    with pytest.raises(VapiUnauthorised):
        await account_of(Scripted(httpx.Response(401)), account).assistants.get("a-1")
    assert account.told == [("refused", True)]


async def test_one_object_that_is_forbidden_says_nothing_of_the_account():
    account = Account()
    with pytest.raises(VapiUnauthorised):
        await account_of(Scripted(httpx.Response(403)), account).assistants.get("a-1")
    assert account.told == []


@pytest.mark.parametrize("answer", [httpx.Response(200, json=ASSISTANT), httpx.Response(404)])
async def test_a_probe_that_is_not_refused_opens_the_account_to_everybody(answer):
    account = Account(Share(0, is_refused=False, is_probe=True))
    with suppress(VapiMissing):
        await account_of(Scripted(answer), account).assistants.get("a-1")
    assert account.told == [("refused", False)]


async def test_everybody_waits_as_long_as_vapi_asked_one_to():
    account = Account()
    busy = httpx.Response(429, headers={"Retry-After": "3"})
    await account_of(Scripted(busy, httpx.Response(200, json=ASSISTANT)), account).assistants.get("a-1")
    assert account.told == [("hold", 3.0)]


async def test_work_is_left_for_later_if_the_account_has_to_wait_for_long():
    transport = Scripted()
    held = [Share(60, is_refused=False, is_probe=False)] * 3
    with pytest.raises(VapiAway) as away:
        await account_of(transport, Account(*held)).assistants.get("a-1")
    assert (away.value.retry_after, away.value.may_have_happened, transport.requests) == (60, False, [])


def test_an_account_is_known_by_what_its_key_cannot_be_told_from():
    assert "the-key" not in fingerprint("the-key")
    assert fingerprint("the-key") != fingerprint("another-key")
