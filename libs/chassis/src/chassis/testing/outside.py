"""A host outside: a real HTTPS server on loopback, with a certificate of its own authority."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[[asyncio.StreamWriter, str, dict[str, str]], Awaitable[None]]
"""Writes what the server answers to a path and headers."""


@dataclass
class Outside:
    host: str
    port: int
    trust: ssl.SSLContext
    """Of those who believe that it is the host."""
    answer: Answer | None = None
    connections: int = 0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str = "/", *, host: str = "") -> str:
        return f"https://{host or self.host}:{self.port}{path}"

    def answers(self, body: bytes, *, status: str = "200 OK", headers: dict[str, str] | None = None) -> None:
        async def write(writer: asyncio.StreamWriter, _path: str, _headers: dict[str, str]) -> None:
            lines = {"Content-Length": str(len(body)), "Connection": "close", **(headers or {})}
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            writer.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body)

        self.answer = write

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            path = head[0].split(" ")[1]
            self.asked.append((path, headers))
            assert self.answer is not None
            await self.answer(writer, path, headers)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def served_outside(folder: Path, host: str) -> AsyncIterator[Outside]:
    """A server for this host, whose certificate stays in the folder."""
    context = certificate(folder, host)
    there = Outside(host, 0, ssl.create_default_context(cafile=str(folder / "certificate")))
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0, ssl=context)
    there.port = server.sockets[0].getsockname()[1]
    async with server:
        yield there


def certificate(folder: Path, *names: str) -> ssl.SSLContext:
    """A server's context, with a certificate for these names that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a host outside")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate", folder / "key")
    return context
