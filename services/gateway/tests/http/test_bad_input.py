"""What is no message is refused with a problem, never a stack trace, a 500 or a hang."""

import pytest

KNOWN = {"message": {"type": "hang", "phoneNumber": {"number": "+12065550142"}}}
UNKNOWN = {"message": {"type": "hang", "phoneNumber": {"number": "+12065550199"}}}
PROBLEM = {"type", "title", "status", "code", "detail", "fix", "trace_id"}


def assert_problem(response, status, code):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert set(response.json()) == PROBLEM
    assert (response.json()["status"], response.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b'{"message"', b"[]", b"7", b"null", b"{}", b'{"message": null}', b'{"message": [1]}',
     b'{"message": "x"}', b"\xff\xfe", b'{"message": {"type": "\xff"}}', b"[" * 100_000,
     b'{"message":' * 50_000, b'{"message": {"toolCallList": [' + b"{}," * 2000 + b"{}]}}"],
)  # fmt: skip
async def test_what_is_no_message_is_a_400(room, body):
    assert_problem(await room.post(body), 400, "NOT_A_MESSAGE")


@pytest.mark.parametrize("strange", [7, -1.5, True, "text", [], [{}], {}, {"id": {}}, 10**30])
@pytest.mark.parametrize(
    "field",
    ["type", "call", "chat", "phoneNumber", "customer", "assistant", "startedAt", "toolCallList", "toolCalls",
     "toolWithToolCallList", "toolCall", "functionCall"],
)  # fmt: skip
async def test_a_field_of_a_strange_type_is_never_a_500(room, field, strange):
    message = {"type": "tool-calls", "toolCallList": [{"id": "call_1"}], "phoneNumber": {"number": "+12065550142"}}
    response = await room.post({"message": message | {field: strange}})
    assert response.status_code == 200


@pytest.mark.parametrize("secret", ["", "wrong", "The secret of this deployment", "the secret", "secret-\xe9"])
async def test_a_message_without_the_right_secret_is_a_401(room, secret):
    response = await room.post(KNOWN, x_vapi_secret=secret.encode("latin-1"))
    assert_problem(response, 401, "SECRET_REFUSED")


async def test_a_refusal_does_not_tell_whether_the_number_is_known(room):
    known = await room.post(KNOWN, x_vapi_secret="wrong")
    unknown = await room.post(UNKNOWN, x_vapi_secret="wrong")
    assert {**known.json(), "trace_id": ""} == {**unknown.json(), "trace_id": ""}


async def test_who_is_not_verified_does_not_learn_what_else_is_wrong(room):
    assert_problem(await room.post(b"no json", x_vapi_secret="wrong", content_type="text/plain"), 401, "SECRET_REFUSED")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_another_media_type_is_a_415(room, media_type):
    assert_problem(await room.post(KNOWN, content_type=media_type), 415, "WRONG_MEDIA_TYPE")


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON", ""])
async def test_json_by_any_spelling_is_taken(room, media_type):
    assert (await room.post(KNOWN, content_type=media_type)).status_code == 200


async def test_a_body_above_the_cap_is_a_413(room):
    assert_problem(await room.post(b"x" * (2 * 1024 * 1024 + 1)), 413, "BODY_TOO_LARGE")


async def test_a_body_of_undeclared_length_above_the_cap_is_a_413(room):
    async def parts():
        for _ in range(33):
            yield b"x" * 65536

    response = await room.http.post("/api/vapi/webhook", content=parts())
    assert_problem(response, 413, "BODY_TOO_LARGE")


async def test_a_body_at_the_cap_is_read(room):
    filler = 2 * 1024 * 1024 - len(b'{"message":{"type":"hang","x":""}}')
    assert (await room.post(b'{"message":{"type":"hang","x":"' + b"y" * filler + b'"}}')).status_code == 200


async def test_half_an_emoji_anywhere_in_a_body_does_no_harm(room):
    cut = rb'{"message": {"type": "hang", "transcript": "see you \ud83d", "call": {"id": "call-1"}}}'
    assert (await room.post(cut)).content == b"{}"


@pytest.mark.parametrize("path", ["/", "/health/", "/api/vapi", "/api/vapi/tools/a/b", "/api/calendar"])
async def test_a_path_that_is_not_there_is_a_404(room, path):
    assert_problem(await room.http.get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/vapi/webhook"), ("PUT", "/api/vapi/tools/endCall"), ("POST", "/health"), ("OPTIONS", "/ready"),
     ("DELETE", "/api/appointments")],
)  # fmt: skip
async def test_a_method_that_is_not_there_is_a_405(room, method, path):
    response = await room.http.request(method, path)
    assert_problem(response, 405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"]


@pytest.mark.parametrize("path", ["/health", "/ready", "/nowhere", "/api/appointments", "/api/vapi/webhook"])
async def test_every_answer_carries_the_security_headers_and_allows_no_origin(room, path):
    response = await room.http.get(path, headers={"Origin": "https://elsewhere.example"})
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in response.headers
    assert "server" not in response.headers


async def test_a_mistake_of_the_program_is_a_500_that_tells_nothing(room, monkeypatch):
    monkeypatch.setattr("gateway.sender.admission.evidence_in", lambda _received: 1 / 0)
    response = await room.post(KNOWN)
    assert_problem(response, 500, "INTERNAL")
    assert "division" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
