"""What is decided about the tools of an account, whatever is in it."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from assistant_sync.domain.tools.plan import Plan, plan_tools
from assistant_sync.domain.tools.tool import Tool, ToolServer, fields_to_create
from switchboard_cli.vapi_simulator.validation import validate_request

HERE, BEFORE, ELSEWHERE = "https://here.example", "https://before.example", "https://elsewhere.example"
SERVER = ToolServer(HERE, frozenset({BEFORE}), "s3cret")
FORMER_NAME = "formerTool"

DATE = {"type": "string", "description": "The day", "format": "date"}
BOOK = Tool("book", "Books.", {"type": "object", "properties": {"date": DATE}, "required": ["date"]})
CANCEL = Tool("cancel", "Cancels.", {"type": "object", "properties": {}, "required": []})
TOOLS = (BOOK, CANCEL)


def _in_vapi(name: str, backend_url: str, created_at: int) -> dict:
    tool = Tool(name, "As it was.", {"type": "object", "properties": {}, "required": []})
    server = ToolServer(backend_url, frozenset(), "s3cret")
    return {"id": f"id-{created_at}", "createdAt": f"{created_at:04}", **fields_to_create(tool, server)}


@st.composite
def accounts(draw: st.DrawFn) -> list[dict]:
    names = st.sampled_from([BOOK.name, CANCEL.name, FORMER_NAME, "theirs"])
    made = draw(st.lists(st.tuples(names, st.sampled_from([HERE, BEFORE, ELSEWHERE])), max_size=8))
    others = [{"id": "id-end", "createdAt": "0000", "type": "endCall"}, {"id": "id-bare", "type": "function"}]
    return [*others, *(_in_vapi(name, url, at) for at, (name, url) in enumerate(made, start=1))]


def _plan(account: list[dict], known_ids: dict[str, str]) -> Plan:
    return plan_tools(TOOLS, known_ids, [FORMER_NAME], SERVER, account)


def _carry_out(plan: Plan, account: list[dict], *, with_deletes: bool) -> tuple[list[dict], dict[str, str]]:
    """The account afterwards, and the ids that are known then."""
    fresh = (f"id-new-{n}" for n in count(len(account)))
    created = [
        {"id": next(fresh), "createdAt": f"{5000 + len(account) + n}", **fields_to_create(tool, SERVER)}
        for n, tool in enumerate(plan.missing)
    ]
    by_id = {plan.kept[name]: fields for name, fields in plan.patches.items()}
    left = [
        item | dict(by_id.get(item["id"], {})) for item in account if not (with_deletes and item["id"] in plan.orphans)
    ]
    return left + created, {**plan.kept, **{item["function"]["name"]: item["id"] for item in created}}


@given(accounts(), st.booleans(), st.data())
def test_what_is_planned_leaves_nothing_to_do(account, with_deletes, data):
    """At the second look at the latest: what somebody renamed is one tool's at the first, and another's then."""
    known = {
        tool.name: data.draw(st.sampled_from([item["id"] for item in account]))
        for tool in TOOLS
        if data.draw(st.booleans())
    }
    known = {name: item for name, item in known.items() if item not in ("id-end", "id-bare")}
    known = known if len(set(known.values())) == len(known) else {}
    for _ in range(2):
        account, known = _carry_out(_plan(account, known), account, with_deletes=with_deletes)

    again = _plan(account, known)

    assert (again.patches, again.missing) == ({}, [])
    assert again.kept.keys() == {tool.name for tool in TOOLS}
    assert not with_deletes or not again.orphans


@given(accounts())
def test_a_tool_of_another_name_or_another_address_is_left_alone(account):
    plan = _plan(account, {})

    ours = {
        item["id"]
        for item in account
        if item["id"] not in ("id-end", "id-bare")
        and item["function"]["name"] != "theirs"
        and not item["server"]["url"].startswith(ELSEWHERE)
    }
    assert plan.orphans.keys() | set(plan.kept.values()) == ours
    assert plan.patches.keys() <= plan.kept.keys()


@given(accounts())
def test_two_databases_of_one_account_come_to_keep_the_same_tools(account):
    """Both saw no tool and made their own; each comes to keep the oldest, and calls the other's an orphan."""
    account, one = _carry_out(_plan(account, {}), account, with_deletes=False)
    twins = [
        {**item, "id": f"{item['id']}-twin", "createdAt": "9999"} for item in account if item["id"] in one.values()
    ]
    other = {name: f"{item}-twin" for name, item in one.items()}
    account += twins

    assert _plan(account, one).kept == _plan(account, other).kept == one
    assert {item["id"] for item in twins} <= _plan(account, other).orphans.keys()


def test_a_tool_that_somebody_pointed_elsewhere_is_brought_back():
    strayed = _in_vapi(BOOK.name, ELSEWHERE, 1)

    plan = _plan([strayed], {BOOK.name: strayed["id"]})

    assert plan.patches[BOOK.name]["server"]["url"] == f"{HERE}/api/vapi/tools/book"


def test_the_tool_at_todays_address_is_kept_before_an_older_one_at_a_former_address():
    old, new = _in_vapi(BOOK.name, BEFORE, 1), _in_vapi(BOOK.name, HERE, 2)

    plan = _plan([old, new], {BOOK.name: old["id"]})

    assert (plan.kept[BOOK.name], plan.orphans) == (new["id"], {old["id"]: BOOK.name})


def test_a_tool_that_left_the_catalogue_is_an_orphan():
    gone = _in_vapi(FORMER_NAME, HERE, 1)

    assert _plan([gone], {}).orphans == {gone["id"]: FORMER_NAME}


@given(accounts())
def test_what_is_sent_is_what_vapi_takes(account):
    plan = _plan(account, {})

    for tool in plan.missing:
        assert validate_request("POST", "/tool", fields_to_create(tool, SERVER)) == []
    for fields in plan.patches.values():
        assert validate_request("PATCH", "/tool/id", fields) == []
