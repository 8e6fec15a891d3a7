"""A gateway, the same one behind a public https URL, and ngrok's agent: all over real sockets."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

OLD = "https://old.example"


@dataclass
class Vapi:
    """What a roll-out changes, as the gateway tells of it: under way when it is first told of, then done."""

    url: str = OLD
    rollouts: list[dict[str, Any]] = field(default_factory=list)
    halts: bool = False
    never_ends: bool = False
    refuses: bool = False
    is_over: bool = False
    alive: bool = True
    changed: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(f"{request.method} {path}")
        if path == "/health":
            return JSONResponse({"status": "alive"} if self.alive else {}, 200 if self.alive else 502)
        if self.refuses and request.method == "POST":
            problem = {"status": 503, "code": "UNAVAILABLE", "detail": "A part is away.", "fix": "Wait."}
            return JSONResponse(problem, 503, media_type="application/problem+json")
        if self.is_over and path.endswith("/rollback"):
            return JSONResponse({"code": "ROLLOUT_OVER"}, 409, media_type="application/problem+json")
        if request.method == "POST" and path == "/api/assistants/rollout":
            return self._begin((await request.json())["backend_url"])
        return self._told(back=path.endswith("/rollback"))

    def _begin(self, url: str) -> Response:
        number = len(self.rollouts)
        new = {"id": f"r-{number}", "state": "canary", "backend_url": url, "previous_backend_url": self.url}
        self.rollouts.append(new | {"waiting": 1, "pointed": 0, "failed": 0, "at_previous_url": 1})
        return JSONResponse(self.rollouts[-1], 202)

    def _told(self, *, back: bool) -> Response:
        if not self.rollouts:
            return JSONResponse({"code": "ROLLOUT_NOT_FOUND"}, 404, media_type="application/problem+json")
        latest = self.rollouts[-1]
        if back:
            latest["state"] = "rolling_back"
            return JSONResponse(latest, 202)
        if latest["state"] == "canary" and not self.never_ends:
            latest |= {"state": "halted", "failed": 1} if self.halts else {"state": "completed", "pointed": 1}
            latest["waiting"] = 0
            self.url = self.url if self.halts else latest["backend_url"]
        elif latest["state"] == "rolling_back":
            latest |= {"state": "rolled_back", "waiting": 0, "failed": 0}
            self.url = latest["previous_backend_url"]
        self.changed.set()
        return JSONResponse(latest)


@dataclass
class Ngrok:
    """Its agent, and what it says of its tunnels."""

    agent: str = ""
    urls: list[str] = field(default_factory=list)

    async def answer(self, _request: Request) -> Response:
        tunnels = [{"public_url": url, "proto": url.partition(":")[0]} for url in self.urls]
        return JSONResponse({"tunnels": tunnels, "uri": "/api/tunnels"})


@contextmanager
def over_http(answer: Callable[[Request], Any], **how: Any) -> Iterator[int]:
    """The port on which it answers everything."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        program = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
        server = uvicorn.Server(uvicorn.Config(program, loop="asyncio", log_level="error", lifespan="off", **how))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:  # uvicorn has no event for it
                time.sleep(0.005)
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, signed by itself; the key is in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    file = tmp_path_factory.mktemp("tls") / "certificate.pem"
    file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + signed.public_bytes(pem))
    assert ssl.create_default_context(cafile=str(file))
    return file


@dataclass(frozen=True, slots=True)
class World:
    vapi: Vapi
    ngrok: Ngrok
    gateway: str
    public: str
    environment: dict[str, str]


@pytest.fixture
def world(certificate: Path) -> Iterator[World]:
    """One tunnel of ngrok leads to the gateway."""
    vapi, ngrok = Vapi(), Ngrok()
    keys = {"ssl_certfile": str(certificate), "ssl_keyfile": str(certificate)}
    with over_http(vapi.answer) as inside, over_http(vapi.answer, **keys) as outside, over_http(ngrok.answer) as agent:
        gateway, public = f"http://127.0.0.1:{inside}", f"https://127.0.0.1:{outside}"
        ngrok.urls = [public, public.replace("https", "http")]
        ngrok.agent = f"http://127.0.0.1:{agent}"
        settings = {"BACKEND_URL": gateway, "SWITCHBOARD_ADMIN_KEY": "key", "SSL_CERT_FILE": str(certificate)}
        yield World(vapi, ngrok, gateway, public, settings)
