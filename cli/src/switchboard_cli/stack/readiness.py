"""When a process of the stack counts as ready, and how one finds out."""

import asyncio
import http.client
from dataclasses import dataclass, field
from typing import Protocol

_POLL_SECONDS = 0.03
_ANSWER_SECONDS = 2.0


class Readiness(Protocol):
    async def holds(self) -> bool:
        """Whether it is so at this moment."""


async def until(readiness: Readiness) -> None:
    """Return once it holds; cancel it to give up."""
    while not await readiness.holds():  # noqa: ASYNC110 - another process sets no event of ours
        await asyncio.sleep(_POLL_SECONDS)


@dataclass(frozen=True, slots=True)
class ServesGrpc:
    """The health service at `address` says SERVING."""

    address: str

    async def holds(self) -> bool:
        import grpc.aio
        from grpc_health.v1 import health_pb2, health_pb2_grpc

        async with grpc.aio.insecure_channel(self.address) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            try:
                answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=_ANSWER_SECONDS)
            except grpc.aio.AioRpcError:
                return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@dataclass(frozen=True, slots=True)
class AnswersHttp:
    """GET `path` at `address` answers 200; `key` is sent as bearer token."""

    address: str
    path: str
    key: str | None = field(default=None, repr=False)

    async def holds(self) -> bool:
        return await self.body() is not None

    async def body(self) -> bytes | None:
        """What it answers with a 200, else None."""
        return await asyncio.to_thread(self._get)

    def _get(self) -> bytes | None:
        connection = http.client.HTTPConnection(self.address, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", self.path, headers={"Authorization": f"Bearer {self.key}"} if self.key else {})
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
        return body if response.status == http.client.OK else None


@dataclass(frozen=True, slots=True)
class TakesSessions:
    """PostgreSQL lets this role in."""

    url: str = field(repr=False)

    async def holds(self) -> bool:
        import asyncpg

        try:
            connection = await asyncpg.connect(self.url, timeout=_ANSWER_SECONDS)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError):
            return False
        await connection.close()
        return True


@dataclass(frozen=True, slots=True)
class HasDatabase:
    """PostgreSQL lets its superuser in, who has then made the database, and run the `statements` in it."""

    superuser_url: str = field(repr=False)
    name: str
    statements: tuple[str, ...] = field(repr=False)

    async def holds(self) -> bool:
        if not await TakesSessions(self.superuser_url).holds():
            return False
        await self._create_database()
        await self._run_statements()
        return True

    async def _create_database(self) -> None:
        import asyncpg

        connection = await asyncpg.connect(self.superuser_url)
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", self.name):
                await connection.execute(f'CREATE DATABASE "{self.name}"')
        finally:
            await connection.close()

    async def _run_statements(self) -> None:
        import asyncpg

        connection = await asyncpg.connect(self.superuser_url, database=self.name)
        try:
            for statements in self.statements:
                await connection.execute(statements)
        finally:
            await connection.close()
