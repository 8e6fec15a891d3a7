import httpx
import pytest

CREATABLE = {
    "/assistant": {"name": "A", "firstMessage": "Hello", "metadata": {"org_id": "a"}},
    "/tool": {"type": "function", "function": {"name": "f"}, "async": False},
    "/phone-number": {"provider": "twilio", "number": "+14155550100", "twilioAccountSid": "AC0"},
}


@pytest.mark.parametrize(("path", "fields"), CREATABLE.items())
async def test_a_created_item_is_found_again_with_what_vapi_adds(vapi, path, fields):
    created = await vapi.post(path, json=fields)

    assert created.status_code == 201
    item = created.json()
    assert fields.items() <= item.items()
    assert {"id", "orgId", "createdAt", "updatedAt"} <= item.keys()
    assert (await vapi.get(f"{path}/{item['id']}")).json() == item
    assert (await vapi.get(path)).json() == [item]


async def test_a_null_at_creation_is_a_field_left_out(vapi):
    item = (await vapi.post("/assistant", json={"name": "A", "firstMessage": None})).json()

    assert "firstMessage" not in item


@pytest.mark.parametrize(("path", "fields"), CREATABLE.items())
async def test_a_deleted_item_is_gone(vapi, path, fields):
    item = (await vapi.post(path, json=fields)).json()

    assert (await vapi.delete(f"{path}/{item['id']}")).json() == item
    assert (await vapi.get(f"{path}/{item['id']}")).status_code == 404
    assert (await vapi.get(path)).json() == []


@pytest.mark.parametrize("path", CREATABLE)
async def test_what_was_read_cannot_be_written_back_whole(vapi, path):
    """The trap of every first sync client: a GET echoed into a PATCH holds read-only fields."""
    item = (await vapi.post(path, json=CREATABLE[path])).json()

    answer = await vapi.patch(f"{path}/{item['id']}", json=item)

    assert answer.status_code == 400
    assert answer.json()["error"] == "Bad Request"
    assert answer.json()["statusCode"] == 400
    assert "property id should not exist" in answer.json()["message"]


async def test_a_patch_leaves_unsent_fields_and_replaces_sent_ones_whole(vapi):
    server = {"url": "https://a.example", "headers": {"X-Vapi-Secret": "s"}}
    item = (await vapi.post("/assistant", json={"name": "A", "server": server, "firstMessage": "Hi"})).json()

    patched = (
        await vapi.patch(
            f"/assistant/{item['id']}", json={"server": {"url": "https://b.example"}, "firstMessage": None}
        )
    ).json()

    assert patched["name"] == "A"
    assert patched["server"] == {"url": "https://b.example"}
    assert "firstMessage" not in patched
    assert patched["updatedAt"] > item["updatedAt"]
    assert patched["createdAt"] == item["createdAt"]
    assert (await vapi.get(f"/assistant/{item['id']}")).json() == patched


async def test_a_refused_patch_changes_nothing(vapi):
    item = (await vapi.post("/assistant", json={"name": "A"})).json()

    await vapi.patch(f"/assistant/{item['id']}", json={"name": "B", "zzz": 1})

    assert (await vapi.get(f"/assistant/{item['id']}")).json() == item


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "the-private-key", "Bearer "])
async def test_without_the_private_key_nothing_is_answered(vapi, authorization):
    headers = {"Authorization": authorization} if authorization else {}
    async with httpx.AsyncClient(transport=vapi._transport, base_url="http://vapi.test") as stranger:
        answer = await stranger.get("/assistant", headers=headers)

    assert answer.status_code == 401
    assert answer.json() == {
        "message": "The key is missing or not a private key of this account.",
        "error": "Unauthorized",
        "statusCode": 401,
    }


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_id_is_not_found(vapi, method):
    body = {"json": {}} if method == "PATCH" else {}
    answer = await vapi.request(method, "/assistant/8b0e", **body)

    assert answer.status_code == 404
    assert answer.json() == {
        "message": "Couldn't find assistant 8b0e.",
        "error": "Not Found",
        "statusCode": 404,
    }


@pytest.mark.parametrize(("resource", "error"), [("assistant", "assistant_pinned"), ("tool", "tool_pinned")])
async def test_a_pinned_item_is_not_deleted(vapi, resource, error):
    item = (await vapi.post(f"/{resource}", json=CREATABLE[f"/{resource}"])).json()
    await vapi.put(f"/_simulator/pins/{item['id']}")

    answer = await vapi.delete(f"/{resource}/{item['id']}")

    assert answer.status_code == 409
    assert answer.json()["error"] == error
    assert (await vapi.get(f"/{resource}/{item['id']}")).status_code == 200


async def test_a_body_that_is_not_json_is_a_bad_request(vapi):
    answer = await vapi.post("/assistant", content=b"{")

    assert (answer.status_code, answer.json()["message"]) == (400, ["the body is not JSON"])


async def test_a_tool_takes_only_fields_of_its_own_kind(vapi):
    tool = (await vapi.post("/tool", json={"type": "endCall"})).json()

    answer = await vapi.patch(f"/tool/{tool['id']}", json={"async": True})

    assert (answer.status_code, answer.json()["message"]) == (400, ["property async should not exist"])


async def test_a_phone_number_keeps_its_provider(vapi):
    number = (await vapi.post("/phone-number", json=CREATABLE["/phone-number"])).json()

    answer = await vapi.patch(f"/phone-number/{number['id']}", json={"provider": "vapi"})

    assert (answer.status_code, answer.json()["message"]) == (400, ["provider must be twilio"])


async def test_paging_by_creation_time_meets_every_item_once_newest_first(vapi):
    created = [(await vapi.post("/assistant", json={"name": f"A{n}"})).json()["id"] for n in range(7)]

    met, before = [], {}
    while page := (await vapi.get("/assistant", params={"limit": 3, **before})).json():
        met += [item["id"] for item in page]
        before = {"createdAtLt": page[-1]["createdAt"]}

    assert met == created[::-1]


async def test_the_bounds_of_a_listing_include_or_exclude_the_bound_itself(vapi):
    first, second, third = [(await vapi.post("/tool", json={"type": "endCall"})).json() for _ in range(3)]

    async def listed(bound: str) -> list[str]:
        page = (await vapi.get("/tool", params={bound: second["createdAt"]})).json()
        return [item["id"] for item in page]

    assert await listed("createdAtLt") == [first["id"]]
    assert await listed("createdAtLe") == [second["id"], first["id"]]
    assert await listed("createdAtGt") == [third["id"]]
    assert await listed("createdAtGe") == [third["id"], second["id"]]


async def test_a_listing_holds_at_most_a_hundred_items_unless_asked(vapi):
    for n in range(101):
        await vapi.post("/assistant", json={"name": f"A{n}"})

    assert len((await vapi.get("/assistant")).json()) == 100
    assert len((await vapi.get("/assistant", params={"limit": 1000})).json()) == 101


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("limit", "1001", "limit must be a number from 0 to 1000"),
        ("limit", "-1", "limit must be a number from 0 to 1000"),
        ("createdAtLt", "yesterday", "createdAtLt must be a valid ISO 8601 date string"),
        ("createdAtLe", "2026-12-01", "createdAtLe must be a valid ISO 8601 date string"),
        ("createdAtLe", "2026-12-01T10:00:00", "createdAtLe must be a valid ISO 8601 date string"),
        ("name", "A", "property name should not exist"),
    ],
)
async def test_a_listing_with_a_wrong_query_is_refused(vapi, name, value, complaint):
    answer = await vapi.get("/assistant", params={name: value})

    assert (answer.status_code, answer.json()["message"]) == (400, [complaint])


async def test_a_call_is_recorded_and_listed_by_its_assistant(vapi):
    assistant = (await vapi.post("/assistant", json={"name": "A"})).json()
    other = (await vapi.post("/assistant", json={"name": "B"})).json()
    call = (
        await vapi.post("/call", json={"assistantId": assistant["id"], "customer": {"number": "+14155550123"}})
    ).json()
    await vapi.post("/call", json={"assistantId": other["id"]})

    assert call["status"] == "queued"
    assert (await vapi.get(f"/call/{call['id']}")).json() == call
    assert (await vapi.get("/call", params={"assistantId": assistant["id"]})).json() == [call]


async def test_a_call_of_an_assistant_that_does_not_exist_is_refused(vapi):
    answer = await vapi.post("/call", json={"assistantId": "8b0e"})

    assert (answer.status_code, answer.json()["message"]) == (400, ["Couldn't find assistant 8b0e."])


async def test_a_call_cannot_be_deleted(vapi):
    assert (await vapi.delete("/call/1")).status_code == 405
