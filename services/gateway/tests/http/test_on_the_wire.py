"""Requests as no client of ours writes them: answered or refused as HTTP wants, and never taken for another."""

import asyncio
import gzip
import json
import re

import pytest

from services.gateway.tests.conftest import LINE, PATIENCE, SECRET

MESSAGE = json.dumps({"message": {"type": "hang", "phoneNumber": {"number": LINE}}}).encode()
PROVEN = b"X-Vapi-Secret: " + SECRET.encode() + b"\r\n"
JSON = b"Content-Type: application/json\r\n"
POST = b"POST /api/vapi/webhook HTTP/1.1"
CAP = 2 * 1024 * 1024
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


def request(body=MESSAGE, *, line=POST, headers=PROVEN + JSON, host=b"Host: gateway\r\n", length=None):
    length = len(body) if length is None else length
    return b"%s\r\n%s%sContent-Length: %d\r\n\r\n%s" % (line, host, headers, length, body)


def chunked(*chunks, headers=PROVEN + JSON, ending=b"0\r\n\r\n"):
    parts = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return POST + b"\r\nHost: gateway\r\n" + headers + b"Transfer-Encoding: chunked\r\n\r\n" + parts + ending


def padded(size):
    start, end = b'{"message":{"type":"hang","phoneNumber":{"number":"%s"},"x":"' % LINE.encode(), b'"}}'
    return start + b"y" * (size - len(start) - len(end)) + end


async def told(room, sent, *, answers=1):
    """The statuses of so many answers; fewer if the connection ends before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", room.http.base_url.port)
    received = b""
    try:
        writer.write(sent)
        async with asyncio.timeout(PATIENCE):
            while len(STATUS.findall(received)) < answers and (part := await reader.read(65536)):
                received += part
    finally:
        writer.close()
    return [int(status) for status in STATUS.findall(received)]


@pytest.mark.parametrize(
    "sent",
    [
        request(),
        request(line=b"POST /api/vapi/webhook HTTP/1.0", host=b""),
        request(line=b"POST /api/vapi/webhook?from=vapi HTTP/1.1"),
        request(headers=PROVEN + JSON + b"Content-Encoding: identity\r\n"),
        request(headers=PROVEN + JSON + b"Authorization: Bearer wrong\r\n"),
        request(b" \r\n\t" + MESSAGE + b"\r\n "),
        chunked(MESSAGE),
        chunked(*(MESSAGE[place : place + 1] for place in range(len(MESSAGE)))),
    ],
    ids=["plain", "1.0", "query", "identity", "another key", "white space", "chunked", "chunked by the byte"],
)
async def test_a_message_is_taken_however_http_carries_it(room, sent):
    assert await told(room, sent) == [200]


async def test_pipelined_messages_are_answered_one_by_one_and_in_order(room):
    refused = request(headers=JSON + b"X-Vapi-Secret: wrong\r\n")
    assert await told(room, request() + request(b"{") + refused + request(), answers=4) == [200, 400, 401, 200]


@pytest.mark.parametrize(
    "sent",
    [
        request(b""),
        request(b"\xef\xbb\xbf" + MESSAGE),
        request(MESSAGE.decode().encode("utf-16")),
        request(b"[" + MESSAGE + b"]"),
        request(MESSAGE + MESSAGE),
        request(length=len(MESSAGE) - 5),
        chunked(MESSAGE, ending=b"zz\r\n"),
        chunked(MESSAGE, headers=PROVEN + JSON + b"Content-Length: 4\r\n"),
        request(headers=PROVEN + JSON + b"Content-Length: 3\r\n"),
        request(headers=PROVEN + JSON + b"X-A: a\r\n b\r\n"),
        request(headers=PROVEN + JSON + b"X-A: a\x00b\r\n"),
        request(length=10**30),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=[
        *("nothing", "byte order mark", "UTF-16", "a list", "two documents", "cut off", "no chunk", "chunked and long"),
        *("two lengths", "folded header", "NUL in a header", "a length beyond all", "HTTP/2", "TLS"),
    ],
)
async def test_what_is_no_message_of_http_or_json_is_a_400(room, sent):
    assert (await told(room, sent))[:1] == [400]


@pytest.mark.parametrize(
    "headers",
    [
        JSON,
        PROVEN + b"X-Vapi-Secret: wrong\r\n" + JSON,
        b"X-Vapi-Secret: wrong\r\n" + PROVEN + JSON,
        PROVEN.replace(b"-", b"_") + JSON,
        PROVEN.replace(b"this", b"this ") + JSON,
        PROVEN.replace(b"this", b"th\xefs") + JSON,
        b"Authorization: Bearer " + SECRET.encode() + b"\r\n" + JSON,
    ],
    ids=["none", "right and wrong", "wrong and right", "underscores", "another space", "latin-1", "as a bearer"],
)
async def test_whoever_proves_nothing_is_a_401(room, headers):
    assert await told(room, request(headers=headers)) == [401]


async def test_a_secret_behind_the_body_proves_nothing(room):
    assert await told(room, chunked(MESSAGE, headers=JSON, ending=b"0\r\n" + PROVEN + b"\r\n")) == [401]


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"deflate, gzip", b"GZIP"])
async def test_a_compressed_body_is_a_415(room, coding):
    sent = request(gzip.compress(MESSAGE), headers=PROVEN + JSON + b"Content-Encoding: " + coding + b"\r\n")
    assert await told(room, sent) == [415]


@pytest.mark.parametrize("form", [request, chunked], ids=["length", "chunked"])
@pytest.mark.parametrize(("more", "status"), [(-1, 200), (0, 200), (1, 413)])
async def test_a_body_may_have_2_mebibytes_to_the_byte(room, form, more, status):
    assert await told(room, form(padded(CAP + more))) == [status]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/api/vapi/webhook/",
            "//api/vapi/webhook",
            "/api/vapi/./webhook",
            "/API/vapi/webhook",
            "/api/vapi/webhook%20",
        ),
        *("/api/vapi/tools/", "/api/vapi/tools/a%2Fb", "/api/vapi/tools/..%2F..%2Fhealth", "*"),
    ],
)
async def test_a_path_that_is_nearly_vapis_is_a_404(room, path):
    assert await told(room, request(line=b"POST %s HTTP/1.1" % path.encode())) == [404]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
async def test_a_method_that_vapi_never_uses_is_a_405(room, method):
    assert await told(room, request(line=b"%s /api/vapi/webhook HTTP/1.1" % method.encode())) == [405]
