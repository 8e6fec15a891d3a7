import json

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from switchboard_cli.vapi_simulator.bodies import SHAPES, ToolUse
from switchboard_cli.vapi_simulator.playing import Line

URL = "http://server.test/api/vapi/webhook"
ASSISTANT = {
    "id": "5a6b7c8d-1111-4222-8333-944455556666",
    "name": "Lakeside receptionist",
    "firstMessage": "Lakeside Dental, how can I help?",
    "metadata": {"org_id": "3f0e5a4e-0000-4000-8000-000000000001"},
    "server": {"url": URL, "headers": {"X-Vapi-Secret": "the-assistants-secret"}},
}


class Server:
    """Records every message and answers as told: `answer(message)` gives the response."""

    def __init__(self):
        self.received = []
        self.secrets = []
        self.answer = lambda message: JSONResponse({})
        self.app = Starlette(routes=[Route("/{path:path}", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        message = json.loads(await request.body())["message"]
        self.received.append((str(request.url), message))
        self.secrets.append(request.headers.get("x-vapi-secret"))
        return self.answer(message)

    def results(self, *entries, status=200):
        self.answer = lambda message: JSONResponse({"results": list(entries)}, status)

    def messages(self, of_type):
        return [message for _, message in self.received if message["type"] == of_type]


@pytest.fixture
def server():
    return Server()


@pytest.fixture
async def client(server):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server.app)) as http:
        yield http


@pytest.fixture
async def call(client):
    return await Line(client).start(called_number="+14155550100", caller_number="+14155550123", assistant=ASSISTANT)


async def test_a_message_says_whose_call_it_is_where_vapi_says_it(call, server):
    await call.use_tool("checkAvailability", {"date": "2026-11-24"})

    [message] = server.messages("tool-calls")
    assert message["phoneNumber"]["number"] == "+14155550100"
    assert message["phoneNumber"]["id"] == message["call"]["phoneNumberId"]
    assert message["customer"] == message["call"]["customer"] == {"number": "+14155550123"}
    assert message["call"]["assistantId"] == message["assistant"]["id"] == ASSISTANT["id"]
    assert message["call"]["type"] == "inboundPhoneCall"
    assert message["call"]["id"] == call.id
    assert message["call"]["monitor"]["controlUrl"].startswith("https://")


def written(shape, tool_call):
    """The name and the arguments of a tool call, from where that shape has them."""
    match shape:
        case "object":
            return tool_call["function"]["name"], tool_call["function"]["arguments"]
        case "string":
            return tool_call["function"]["name"], json.loads(tool_call["function"]["arguments"])
        case "flat-arguments":
            return tool_call["name"], tool_call["arguments"]
        case "flat-parameters":
            return tool_call["name"], tool_call["parameters"]


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_tool_call_is_written_in_the_shape_asked_for(call, server, shape):
    await call.use_tool("checkAvailability", {"date": "2026-11-24"}, shape=shape, tool_call_id="call_1")

    [message] = server.messages("tool-calls")
    for tool_call in (message["toolCallList"][0], message["toolWithToolCallList"][0]["toolCall"]):
        assert tool_call["id"] == "call_1"
        assert written(shape, tool_call) == ("checkAvailability", {"date": "2026-11-24"})
    assert ("toolCalls" in message) == (shape in ("object", "string"))


async def test_a_result_under_the_same_id_is_heard(call, server):
    server.results({"toolCallId": "call_1", "result": "Booked for ten.", "metadata": {"appointmentId": "a"}})

    heard = await call.use_tool("book", {}, tool_call_id="call_1")

    assert (heard.result, heard.error, heard.spoken) == ("Booked for ten.", None, "Booked for ten.")
    assert (heard.http_status, heard.metadata) == (200, {"appointmentId": "a"})


async def test_an_error_is_heard_as_error(call, server):
    server.results({"toolCallId": "call_1", "error": "Which day?"})

    heard = await call.use_tool("book", {}, tool_call_id="call_1")

    assert (heard.result, heard.error, heard.spoken) == (None, "Which day?", "Which day?")


GOOD = {"toolCallId": "call_1", "result": "Booked."}


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({"results": [GOOD]}, 201),
        JSONResponse({"results": [GOOD]}, 500),
        JSONResponse({"results": []}),
        JSONResponse({"results": GOOD}),
        JSONResponse([GOOD]),
        JSONResponse({"results": [{**GOOD, "toolCallId": "call_2"}]}),
        JSONResponse({"results": [{**GOOD, "result": "two\nlines"}]}),
        JSONResponse({"results": [{**GOOD, "result": {"ok": True}}]}),
        JSONResponse({"results": [{**GOOD, "result": ""}]}),
        Response("Booked."),
    ],
    ids=[
        "201",
        "500",
        "no entry",
        "object for a list",
        "no object",
        "other id",
        "two lines",
        "object for a string",
        "empty string",
        "no JSON",
    ],
)
async def test_what_vapi_makes_nothing_of_is_heard_as_no_result(call, server, answer):
    server.answer = lambda message: answer

    heard = await call.use_tool("book", {}, tool_call_id="call_1")

    assert (heard.result, heard.error, heard.spoken) == (None, None, "No result returned.")


async def test_a_server_that_is_away_is_heard_as_no_result():
    def refuse(request):
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as client:
        call = await Line(client, server_url=URL).start(called_number="+14155550100")
        heard = await call.use_tool("book", {})

    assert (heard.http_status, heard.spoken) == (None, "No result returned.")


async def test_several_tools_in_one_message_are_heard_in_the_order_asked(call, server):
    server.results({"toolCallId": "b", "result": "second"}, {"toolCallId": "a", "result": "first"})

    heard = await call.use_tools([ToolUse("a", "listAppointments", {}), ToolUse("b", "lookupCaller", {})])

    assert [one.spoken for one in heard] == ["first", "second"]
    assert len(server.messages("tool-calls")) == 1


async def test_the_secret_that_the_assistants_server_carries_is_sent(call, server):
    await call.use_tool("book", {})

    assert server.secrets[-1] == "the-assistants-secret"


async def test_the_lines_own_secret_wins_so_that_a_forger_can_be_played(client, server):
    await Line(client, secret="forged").start(called_number="+14155550100", assistant=ASSISTANT)

    assert server.secrets == ["forged"]


async def test_a_message_goes_to_the_most_particular_server(client, server):
    """A tool's before the assistant's, the assistant's before the number's, the number's before the line's."""
    number = {"id": "n", "number": "+14155550100", "server": {"url": "http://number.test/"}}
    tool = {"type": "function", "function": {"name": "book"}, "server": {"url": "http://tool.test/"}}
    line = Line(client, server_url="http://line.test/")

    await (await line.start(phone_number=number, assistant=ASSISTANT, tools=[tool])).use_tool("book", {})
    await line.start(phone_number=number, assistant={"id": "a"})
    await line.start(called_number="+14155550100")

    assert [url for url, _ in server.received] == [
        URL,
        "http://tool.test/",
        "http://number.test/",
        "http://line.test/",
    ]


async def test_an_explicit_url_is_where_the_tool_call_goes(call, server):
    await call.use_tool("book", {}, url="http://server.test/api/vapi/tools/book")

    assert server.received[-1][0] == "http://server.test/api/vapi/tools/book"


async def test_a_call_ends_with_its_status_and_a_report_of_what_was_said(call, server):
    server.results({"toolCallId": "call_1", "result": "Booked for ten."})
    call.caller_says("A cleaning at ten, please.")
    await call.use_tool("book", {"time": "10:00"}, tool_call_id="call_1")
    call.assistant_says("You are booked.")

    await call.end(summary="The caller booked a cleaning.")

    assert [delivery.type for delivery in call.deliveries] == [
        "status-update",
        "tool-calls",
        "status-update",
        "end-of-call-report",
    ]
    *_, ended = server.messages("status-update")
    [report] = server.messages("end-of-call-report")
    assert (ended["status"], ended["endedReason"]) == ("ended", "customer-ended-call")
    assert report["transcript"] == (
        "AI: Lakeside Dental, how can I help?\nUser: A cleaning at ten, please.\nAI: You are booked.\n"
    )
    assert report["summary"] == report["analysis"]["summary"] == "The caller booked a cleaning."
    assert report["startedAt"] <= report["endedAt"]
    assert [m["role"] for m in report["artifact"]["messagesOpenAIFormatted"]] == [
        "assistant",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]


async def test_only_subscribed_messages_are_sent(client, server):
    assistant = {**ASSISTANT, "serverMessages": ["end-of-call-report"]}
    call = await Line(client).start(called_number="+14155550100", assistant=assistant)
    await call.end()

    assert [message["type"] for _, message in server.received] == ["end-of-call-report"]


async def test_a_web_call_has_neither_line_nor_customer(client, server):
    await Line(client).start(assistant=ASSISTANT)

    [(_, message)] = server.received
    assert message["call"]["type"] == "webCall"
    assert message.keys().isdisjoint({"phoneNumber", "customer"})
    assert message["assistant"]["metadata"] == ASSISTANT["metadata"]


async def test_a_line_without_any_server_url_says_so(client):
    with pytest.raises(ValueError, match="server URL"):
        await Line(client).start(called_number="+14155550100")


def answered(heard_message):
    return {"toolCallId": "tool-1", "name": "endCall", "result": "Goodbye.", "message": heard_message}


LAST_WORDS = {"type": "request-complete", "content": "Goodbye.", "endCallAfterSpokenEnabled": True}


async def test_last_words_end_the_call_as_the_assistants(server, call):
    server.results(answered(LAST_WORDS))

    heard = await call.use_tool("endCall", {"reason": "done"}, tool_call_id="tool-1")
    await call.end()

    assert heard.hangs_up
    [report] = server.messages("end-of-call-report")
    assert report["endedReason"] == "assistant-ended-call"


@pytest.mark.parametrize(
    "words",
    [
        None,
        "Goodbye.",
        {**LAST_WORDS, "type": "request-failed"},
        {**LAST_WORDS, "endCallAfterSpokenEnabled": "yes"},
        {**LAST_WORDS, "content": ""},
        {**LAST_WORDS, "content": "Good\nbye."},
    ],
)
async def test_other_words_end_no_call(server, call, words):
    server.results(answered(words))

    heard = await call.use_tool("endCall", {"reason": "done"}, tool_call_id="tool-1")
    await call.end()

    assert not heard.hangs_up
    [report] = server.messages("end-of-call-report")
    assert report["endedReason"] == "customer-ended-call"


async def test_a_call_tells_where_it_is_controlled(server, client):
    line = Line(client, control_url="http://127.0.0.1:8090")
    call = await line.start(called_number="+14155550100", assistant=ASSISTANT)

    [message] = server.messages("status-update")
    assert message["call"]["monitor"]["controlUrl"] == f"http://127.0.0.1:8090/{call.id}/control"


async def test_without_another_word_it_is_controlled_at_vapis_host(server, call):
    [message] = server.messages("status-update")
    assert message["call"]["monitor"]["controlUrl"].endswith(f".vapi.ai/{call.id}/control")
