"""Recordings over HTTP: read where Vapi keeps them, passed on as they come, and noted before a byte is told."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from chassis.errors import Kind, RemoteError
from services.gateway.tests.conftest import PATIENCE
from services.gateway.tests.http.staff import CLINIC, ID, KEY, ask
from switchboard.assistants.v1.vapi_call_service_pb2 import FindRecordingRequest, FindRecordingResponse
from switchboard.booking.v1.call_service_pb2 import GetCallResponse, GetRecordingRequest, GetRecordingResponse
from switchboard.tenancy.v1.audit_service_pb2 import RecordReadingRequest

PATH = f"/api/calls/{ID}/recording"
SOUND = bytes(range(256)) * 40
HEARD = RecordReadingRequest(what=RecordReadingRequest.RECORDING, subject=ID)


class Storage:
    """Where recordings lie: an HTTP server that answers what a test wants, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.head = "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\n"
        self.body = SOUND
        self.length: int | None = len(SOUND)
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.port = 0

    @property
    def link(self) -> str:
        return f"http://127.0.0.1:{self.port}/recordings/1.wav?signature=a%2Fb%3D"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        length = "" if self.length is None else f"Content-Length: {self.length}\r\n"
        writer.write(f"{self.head}{length}Connection: close\r\n\r\n".encode())
        await writer.drain()
        await self.goes_on.wait()
        writer.write(self.body)
        await writer.drain()
        writer.close()


@pytest.fixture
async def storage() -> AsyncIterator[Storage]:
    made = Storage()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


@pytest.fixture
def desk(room: Any, storage: Storage) -> Any:
    """A clinic's call is recorded there."""
    room.booking.answer = GetRecordingResponse(vapi_call_id="call-1")
    room.assistant_sync.answers["FindRecording"] = FindRecordingResponse(urls=[storage.link])
    return room


def nowhere(room: Any, *urls: str) -> None:
    room.assistant_sync.answers["FindRecording"] = FindRecordingResponse(urls=urls)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_call_is_heard_and_who_heard_it_is_noted(desk: Any, storage: Storage) -> None:
    answer = await ask(desk, "GET", PATH, channel="stereo")

    assert (answer.status_code, answer.content) == (200, SOUND)
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["content-length"] == str(len(SOUND))
    assert answer.headers["content-disposition"] == f'attachment; filename="call-{ID}-stereo.wav"'
    assert [one.request for one in desk.booking.heard] == [GetRecordingRequest(id=ID, channel="stereo")]
    assert desk.assistant_sync.heard == [(CLINIC, FindRecordingRequest(vapi_call_id="call-1", channel="stereo"))]
    assert [(one.tenant, one.request) for one in desk.tenancy.readings] == [(CLINIC, HEARD)]


async def test_both_are_heard_unless_somebody_wants_one(desk: Any) -> None:
    await ask(desk, "GET", PATH)

    assert desk.booking.heard[0].request.channel == "mono"


async def test_nothing_of_ours_is_told_to_where_it_lies(desk: Any, storage: Storage) -> None:
    await ask(desk, "GET", PATH)

    (asked,) = storage.asked
    assert asked.startswith("GET /recordings/1.wav?signature=a%2Fb%3D HTTP/1.1\r\n")
    assert "authorization" not in asked.lower()
    assert KEY["Authorization"] not in asked


async def test_a_part_of_it_can_be_asked_for(desk: Any, storage: Storage) -> None:
    storage.head = "HTTP/1.1 206 Partial Content\r\nContent-Type: audio/wav\r\nContent-Range: bytes 0-9/10240\r\n"
    storage.body, storage.length = SOUND[:10], 10

    answer = await desk.http.get(PATH, headers=KEY | {"Range": "bytes=0-9"})

    assert "range: bytes=0-9\r\n" in storage.asked[0].lower()
    assert (answer.status_code, answer.content) == (206, SOUND[:10])
    assert answer.headers["content-range"] == "bytes 0-9/10240"


@pytest.mark.parametrize("wanted", ["bytes=0-9,20-29", "bytes=", "words=1-2"])
async def test_a_range_that_is_none_is_not_passed_on(desk: Any, storage: Storage, wanted: str) -> None:
    answer = await desk.http.get(PATH, headers=KEY | {"Range": wanted})

    assert answer.status_code == 200
    assert "range:" not in storage.asked[0].lower()


async def test_whoever_only_asks_what_there_is_is_told_no_byte(desk: Any) -> None:
    answer = await desk.http.head(PATH, headers=KEY)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(SOUND))


async def test_what_cannot_be_noted_is_not_heard(desk: Any) -> None:
    desk.tenancy.readings_fail = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")

    answer = await ask(desk, "GET", PATH)

    assert code(answer) == (503, "DATABASE_UNAVAILABLE")


async def test_a_transcript_that_cannot_be_noted_is_not_read(room: Any) -> None:
    room.booking.answer = GetCallResponse(call={"id": ID, "vapi_call_id": "call-1", "transcript": "AI: Good day."})
    room.tenancy.readings_fail = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")

    answer = await ask(room, "GET", f"/api/calls/{ID}")

    assert code(answer) == (503, "DATABASE_UNAVAILABLE")
    assert "Good day" not in answer.text


async def test_who_reads_a_call_is_noted(room: Any) -> None:
    room.booking.answer = GetCallResponse(call={"id": ID, "vapi_call_id": "call-1"})

    await ask(room, "GET", f"/api/calls/{ID}")

    noted = RecordReadingRequest(what=RecordReadingRequest.CALL, subject=ID)
    assert [(one.tenant, one.request) for one in room.tenancy.readings] == [(CLINIC, noted)]


@pytest.mark.parametrize("reason", ["CALL_NOT_FOUND", "RECORDING_NOT_FOUND"])
async def test_a_call_that_is_not_there_or_whose_caller_was_erased_is_not_asked_of_vapi(desk: Any, reason: str) -> None:
    desk.booking.fails = RemoteError(Kind.NOT_FOUND, reason)

    assert code(await ask(desk, "GET", PATH)) == (404, reason)
    assert (desk.assistant_sync.heard, desk.tenancy.readings) == ([], [])


async def test_what_the_report_told_is_read_where_vapi_is_away(desk: Any, storage: Storage) -> None:
    desk.booking.answer = GetRecordingResponse(vapi_call_id="call-1", url=storage.link)
    desk.assistant_sync.fails = RemoteError(Kind.UNAVAILABLE, "VAPI_AWAY")

    assert (await ask(desk, "GET", PATH)).content == SOUND


@pytest.mark.parametrize(("kind", "reason", "status"), [
    (Kind.UNAVAILABLE, "VAPI_AWAY", 503),
    (Kind.NOT_FOUND, "RECORDING_NOT_FOUND", 404),
])  # fmt: skip
async def test_without_any_link_vapis_answer_is_told(desk: Any, kind: Kind, reason: str, status: int) -> None:
    desk.assistant_sync.fails = RemoteError(kind, reason)

    assert code(await ask(desk, "GET", PATH)) == (status, reason)


async def test_the_next_link_is_tried_where_one_leads_nowhere(desk: Any, storage: Storage) -> None:
    nowhere(desk, "http://127.0.0.1:1/1.wav", "https://elsewhere.example/1.wav", storage.link)

    assert (await ask(desk, "GET", PATH)).content == SOUND


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/1.wav",
        "https://vapi.ai.elsewhere.example/1.wav",
        "https://notvapi.ai/1.wav",
        "http://storage.vapi.ai/1.wav",
        "https://storage.vapi.ai:8443/1.wav",
        "https://user@storage.vapi.ai/1.wav",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/1.wav",
        "http://127.0.0.2:{port}/1.wav",
        "http://0.0.0.0:{port}/1.wav",
        "http://2130706433:{port}/1.wav",
        "http://127.0.0.1.nip.io:{port}/1.wav",
        "file:///etc/passwd",
        "https://storage.vapi.ai\\@127.0.0.1:{port}/1.wav",
        "https://storage.vapi.ai%2f@127.0.0.1:{port}/1.wav",
        "",
    ],
)
async def test_no_other_place_is_asked(desk: Any, storage: Storage, link: str) -> None:
    nowhere(desk, link.format(port=storage.port))

    assert code(await ask(desk, "GET", PATH)) == (503, "RECORDING_UNAVAILABLE")
    assert (storage.asked, desk.tenancy.readings) == ([], [])


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.1 403 Forbidden\r\nContent-Type: audio/wav\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Type: audio/wav\r\n",
        "HTTP/1.1 302 Found\r\nContent-Type: audio/wav\r\nLocation: http://127.0.0.1:{port}/elsewhere\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Encoding: gzip\r\n",
        "HTTP/1.1 206 Partial Content\r\nContent-Type: audio/wav\r\nContent-Range: nonsense\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 99999999999\r\n",
        "nonsense\r\n",
    ],
    ids=["forbidden", "gone", "redirected", "no sound", "packed", "no range", "too large", "no HTTP"],
)
async def test_what_is_no_recording_is_not_passed_on(desk: Any, storage: Storage, head: str) -> None:
    storage.head = head.format(port=storage.port)
    storage.length = None

    answer = await ask(desk, "GET", PATH)

    assert code(answer) == (503, "RECORDING_UNAVAILABLE")
    assert len(storage.asked) == 1
    assert str(storage.port) not in answer.text
    assert desk.tenancy.readings == []


@pytest.mark.parametrize(("told", "known"), [
    ("audio/x-wav", "audio/wav"), ("audio/mp3", "audio/mpeg"), ("application/octet-stream", "audio/wav"),
])  # fmt: skip
async def test_the_type_of_a_recording_is_one_of_two(desk: Any, storage: Storage, told: str, known: str) -> None:
    storage.head = f"HTTP/1.1 200 OK\r\nContent-Type: {told}\r\n"

    assert (await ask(desk, "GET", PATH)).headers["content-type"] == known


async def test_a_recording_is_passed_on_as_it_comes(desk: Any, storage: Storage) -> None:
    storage.goes_on.clear()

    async with (
        httpx.AsyncClient(base_url=desk.http.base_url, timeout=PATIENCE) as listener,
        listener.stream("GET", PATH, headers=KEY) as answer,
    ):
        begun = answer.status_code
        storage.goes_on.set()
        sound = b"".join([part async for part in answer.aiter_raw()])

    assert (begun, sound) == (200, SOUND)


async def test_one_that_grows_too_large_on_its_way_is_cut_off(
    desk: Any, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.outside.recordings.MOST_BYTES", len(SOUND) - 1)
    storage.length = None

    with pytest.raises(httpx.TransportError):
        await ask(desk, "GET", PATH)


async def test_one_that_does_not_begin_is_given_up(
    desk: Any, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.outside.recordings.FIRST_BYTE_SECONDS", 0.05)
    storage.head = ""
    storage.length = None
    storage.goes_on.clear()

    assert code(await ask(desk, "GET", PATH)) == (503, "RECORDING_UNAVAILABLE")
    storage.goes_on.set()


async def test_a_channel_that_is_none_is_refused(desk: Any) -> None:
    assert code(await ask(desk, "GET", PATH, channel="video")) == (400, "MALFORMED_PARAMETER")
