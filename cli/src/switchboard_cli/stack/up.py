"""`switchboard up`: start everything, say so, keep it running until told to stop."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import Field
from rich.console import Console
from rich.table import Table

from chassis.database.embedded import EmbeddedPostgresError
from chassis.live_secrets import LiveSecrets
from chassis.settings import Settings
from switchboard_cli.stack.errors import StackError
from switchboard_cli.stack.home import Home, new_encryption_key
from switchboard_cli.stack.ports import Claims
from switchboard_cli.stack.processes import Child, State
from switchboard_cli.stack.public_urls import PublicUrls, webhook_of
from switchboard_cli.stack.stack import Stack
from switchboard_cli.stack.stack_file import StackFile
from switchboard_cli.stack.topology import ENCRYPTION_KEYS, SECRETS, Topology, Wishes, wanted_ports


class UpSettings(Settings):
    """What the environment, .env and .env.local may decide for a local stack; all else it makes up itself."""

    backend_url: str | None = Field(default=None, description="Public base URL, a tunnel's for instance.")
    webhook_url: str | None = Field(default=None, description="Where assistants are pointed.")
    vapi_private_key: str | None = Field(default=None, description="Key of Vapi's REST API.")
    vapi_webhook_secret: LiveSecrets | None = Field(default=None, description="What Vapi proves itself with.")
    switchboard_admin_key: str | None = Field(default=None, description="The platform administrator's key.")
    switchboard_encryption_keys: str | None = Field(
        default=None, description="What webhook credentials are sealed with."
    )

    @property
    def webhook_secret(self) -> str | None:
        return self.vapi_webhook_secret.get_secret_value() if self.vapi_webhook_secret else None


_INTERRUPTED = 130
"""What a shell expects of a program that was ended by Ctrl-C."""

Play = Callable[[StackFile, Home], Awaitable[int]]
"""Something to do with a stack once it is ready; its exit code."""


def up(
    home: Path,
    *,
    port: int,
    console: Console,
    seed: bool = True,
    vapi_url: str | None = None,
    replicas: Mapping[str, int] = MappingProxyType({}),
    play: Play | None = None,
) -> int:
    """Run a stack in the foreground until told to stop, or until `play` has ended; the exit code."""
    try:
        with Home(home).locked(), Claims() as claims:
            chosen = {"gateway": claims.demand(port)}
            chosen |= claims.choose(wanted_ports(replicas, with_simulator=vapi_url is None))
            return asyncio.run(_Up(Home(home), chosen, replicas, vapi_url, console).run(seed=seed, play=play))
    except (StackError, EmbeddedPostgresError) as error:
        console.print(f"[red]✗[/red] {error}", highlight=False, soft_wrap=True)
        return 1


class _Up:
    """One run of the command."""

    def __init__(
        self,
        home: Home,
        ports: Mapping[str, int],
        replicas: Mapping[str, int],
        vapi_url: str | None,
        console: Console,
    ) -> None:
        self._home = home
        self._console = console
        self._begun = time.monotonic()
        settings = UpSettings.load()
        wishes = Wishes(
            environment=os.environ,
            replicas=replicas,
            vapi_url=vapi_url,
            vapi_key=settings.vapi_private_key,
            webhook_secret=settings.webhook_secret,
            admin_key=settings.switchboard_admin_key,
            encryption_keys=settings.switchboard_encryption_keys,
            backend_url=settings.backend_url,
        )
        topology = Topology(home, ports, _secrets(home), wishes)
        home.write_service_credentials(topology.tokens())
        backend_url = topology.backend_url
        self._public_urls = PublicUrls(backend_url, settings.webhook_url or webhook_of(backend_url))
        self._public_urls.write(home.public_urls)
        self._stack = Stack(topology.programs(), home.log, self._changed)
        self._file = topology.stack_file()
        self._is_complete = False
        self._status = console.status("")

    async def run(self, *, seed: bool, play: Play | None) -> int:
        self._home.stack_file.unlink(missing_ok=True)
        stop = asyncio.create_task(_told_to_stop())
        life = asyncio.create_task(self._live(seed=seed, play=play))
        try:
            await asyncio.wait((stop, life), return_when=asyncio.FIRST_COMPLETED)
            if life.done():
                return life.result()
            return _INTERRUPTED if play else 0
        finally:
            for task in (stop, life):
                task.cancel()
            await asyncio.gather(stop, life, return_exceptions=True)
            await self._stop()

    async def _live(self, *, seed: bool, play: Play | None) -> int:
        with self._status:
            await self._stack.start()
            self._file = self._file.with_pids(self._stack.pids())
            if seed:
                await self._seed()
        self._is_complete = True
        self._write_file()
        if play:
            return await play(self._file, self._home)
        self._show_summary()
        await self._stack.keep()
        return 0

    async def _seed(self) -> None:
        from switchboard_cli.seed import seed

        self._status.update("Seeding the demo organizations …")
        self._file = self._file.with_organizations(await seed(self._file, self._home))

    async def _stop(self) -> None:
        self._is_complete = False
        self._home.stack_file.unlink(missing_ok=True)
        with self._console.status("Stopping …"):
            await self._stack.stop()
        self._console.print("Everything has stopped.")

    def _write_file(self) -> None:
        self._file = self._file.with_pids(self._stack.pids())
        self._file.write(self._home.stack_file)

    def _changed(self, child: Child) -> None:
        name = child.program.name
        if child.state is State.READY or child.state is State.DONE:
            since = "" if self._is_complete else f"  [dim]{time.monotonic() - self._begun:.1f} s[/dim]"
            where = f"{child.program.address:<22}" if child.program.address else f"{'done':<22}"
            self._console.print(f"[green]✓[/green] {name:<26} {where}{since}", highlight=False)
            if self._is_complete:
                self._write_file()
        elif child.state is State.RESTARTING:
            self._console.print(f"[yellow]↻[/yellow] {name} {child.fault}; starting it again", highlight=False)
        if not self._is_complete:
            self._status.update(self._waiting_for())

    def _waiting_for(self) -> str:
        starting = [child.program.name for child in self._stack.children if child.state is State.STARTING]
        waiting = sum(child.state is State.WAITING for child in self._stack.children)
        return (
            f"Starting {', '.join(starting)} … {waiting} more wait" if waiting else f"Starting {', '.join(starting)} …"
        )

    def _show_summary(self) -> None:
        facts = Table.grid(padding=(0, 2))
        facts.add_row("Gateway", self._file.gateway_url)
        facts.add_row("Webhook", self._public_urls.webhook_url)
        facts.add_row("Vapi", self._file.vapi.base_url)
        for organization in self._file.organizations:
            facts.add_row(organization.phone_number, f"{organization.name} ({organization.timezone})")
        facts.add_row("Keys, URLs", str(self._home.stack_file))
        facts.add_row("Logs", str(self._home.log("*")))
        self._console.print(f"\n[bold]Switchboard is up[/bold] after {time.monotonic() - self._begun:.1f} s\n")
        self._console.print(facts)
        self._console.print("\nStop it with Ctrl-C.")


def _secrets(home: Home) -> Mapping[str, str]:
    return {**home.secrets(SECRETS), **home.secrets([ENCRYPTION_KEYS], make=new_encryption_key)}


async def _told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
