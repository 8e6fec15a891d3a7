"""What a local stack consists of: every process with its command, environment, needs and readiness.

It starts nothing and watches nothing.
"""

import signal
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chassis.database.embedded import EmbeddedPostgres
from chassis.database.roles import roles_sql
from chassis.leash import leashed
from chassis.live_secrets import live_secrets
from switchboard_cli.services import BACKENDS
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.ports import HOST
from switchboard_cli.stack.processes import Program
from switchboard_cli.stack.readiness import AnswersHttp, HasDatabase, ServesGrpc
from switchboard_cli.stack.stack_file import DatabaseUrls, StackFile, VapiApi

DATABASE = "switchboard"
CALLERS = ("gateway", *(backend.replace("_", "-") for backend in BACKENDS), "operator")
"""Who holds a service credential; `operator` is the person at the terminal."""

FIRST_PORTS = {"postgres": 15432, "tenancy": 15051, "booking": 15052, "assistant_sync": 15053, "vapi_simulator": 8090}
"""Below those that a kernel gives to connections (Linux: from 32768): one of them would sometimes be taken, by whoever
connects anywhere or by the very connection that asks whether somebody listens there already."""
GATEWAY_PORT = 8000

SECRETS = (
    "admin_key",
    "webhook_secret",
    "vapi_key",
    "postgres",
    *(f"database:{backend}:{role}" for backend in BACKENDS for role in ("owner", "app")),
    *(f"service:{caller}" for caller in CALLERS),
)

ENCRYPTION_KEYS = "encryption_keys"
"""The secret that is no plain key; see `home.new_encryption_key`."""

_PACE = "VAPI_REQUESTS_PER_SECOND"
_SIMULATORS_PACE = "50"
_HOSTS = ("VAPI_CONTROL_HOSTS", "VAPI_RECORDING_HOSTS")

_LAST = 3
_MIDDLE = 2
_FIRST = 1


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person at the terminal and their environment decide; None means: the stack's own."""

    environment: Mapping[str, str] = field(repr=False)
    replicas: Mapping[str, int]
    vapi_url: str | None = None
    vapi_key: str | None = field(default=None, repr=False)
    webhook_secret: str | None = field(default=None, repr=False)
    admin_key: str | None = field(default=None, repr=False)
    encryption_keys: str | None = field(default=None, repr=False)
    backend_url: str | None = None


def process_names(replicas: Mapping[str, int]) -> dict[str, list[str]]:
    """The processes of each backend: `booking`, `booking-2`, …"""
    return {
        backend: [backend, *(f"{backend}-{number}" for number in range(2, replicas.get(backend, 1) + 1))]
        for backend in BACKENDS
    }


class Topology:
    """The programs of a stack and how others find it, from its home, its ports by process name, and the wishes."""

    def __init__(self, home: Home, ports: Mapping[str, int], secrets: Mapping[str, str], wishes: Wishes) -> None:
        self._home = home
        self._ports = ports
        self._secrets = secrets
        self._wishes = wishes
        self._processes = process_names(wishes.replicas)
        self._postgres = EmbeddedPostgres(home.database, port=ports["postgres"], password=secrets["postgres"])
        self._vapi_key = wishes.vapi_key or secrets["vapi_key"]
        self._webhook_secret = wishes.webhook_secret or secrets["webhook_secret"]
        self._admin_key = wishes.admin_key or secrets["admin_key"]
        self._encryption_keys = wishes.encryption_keys or secrets[ENCRYPTION_KEYS]
        self._vapi_url = wishes.vapi_url or f"http://{self._address('vapi_simulator')}"
        self._gateway_url = f"http://{self._address('gateway')}"
        self.backend_url = wishes.backend_url or self._gateway_url
        self._databases = {backend: self._database_urls(backend) for backend in BACKENDS}

    def stack_file(self) -> StackFile:
        """How others find the stack; processes and organizations are added when there are any."""
        return StackFile(
            gateway_url=self._gateway_url,
            admin_key=self._admin_key,
            webhook_secret=live_secrets(self._webhook_secret)[0],
            service_token=self.tokens()["operator"],
            grpc={backend: self._address(backend) for backend in BACKENDS},
            databases=self._databases,
            vapi=VapiApi(self._vapi_url, self._vapi_key),
        )

    def tokens(self) -> dict[str, str]:
        """Each caller's service credential."""
        return {caller: self._secrets[f"service:{caller}"] for caller in CALLERS}

    def programs(self) -> list[Program]:
        """In the order in which they are shown."""
        return [
            self._database_server(),
            *([] if self._wishes.vapi_url else [self._simulator()]),
            self._migrations(),
            *(self._backend(backend, process) for backend in BACKENDS for process in self._processes[backend]),
            self._gateway(),
        ]

    def _database_server(self) -> Program:
        statements = (
            roles_sql(
                backend,
                owner_password=self._secrets[f"database:{backend}:owner"],
                app_password=self._secrets[f"database:{backend}:app"],
                database=DATABASE,
            )
            for backend in BACKENDS
        )
        options = self._postgres.spawn_options()
        return Program(
            name="postgres",
            role="postgres",
            argv=self._postgres.command(),
            env=options["env"],
            cwd=Path(options["cwd"]),
            readiness=HasDatabase(self._postgres.superuser_url, DATABASE, tuple(statements)),
            address=self._address("postgres"),
            prepare=self._postgres.initialise,
            tier=_LAST,
            stop_signal=signal.SIGINT,
        )

    def _simulator(self) -> Program:
        address = self._address("vapi_simulator")
        state = str(self._home.simulator_state)
        return self._python(
            "vapi_simulator",
            "vapi_simulator",
            ["switchboard_cli.vapi_simulator", "--listen", address, "--state-file", state],
            {"VAPI_PRIVATE_KEY": self._vapi_key},
            readiness=AnswersHttp(address, "/assistant", self._vapi_key),
            address=address,
            tier=_LAST,
        )

    def _migrations(self) -> Program:
        return self._python(
            "migrations",
            "migrations",
            ["switchboard_cli.stack.migrations"],
            {migration_url_variable(backend): self._databases[backend].owner for backend in BACKENDS},
            readiness=None,
            needs=("postgres",),
        )

    def _backend(self, backend: str, process: str) -> Program:
        address = self._address(process)
        own = {"LISTEN_ADDR": address, "DATABASE_URL": self._databases[backend].app}
        if backend in ("tenancy", "booking"):
            own |= {"SWITCHBOARD_ENCRYPTION_KEYS": self._encryption_keys}
        if backend == "assistant_sync":
            own |= {
                "VAPI_PRIVATE_KEY": self._vapi_key,
                "VAPI_BASE_URL": self._vapi_url,
                "VAPI_WEBHOOK_SECRET": self._webhook_secret,
                "BACKEND_URL": self.backend_url,
            }
        if backend == "assistant_sync" and not self._wishes.vapi_url:
            # The simulator has no limit to keep; what the caller's environment says counts all the same.
            own |= {_PACE: self._wishes.environment.get(_PACE, _SIMULATORS_PACE)}
        return self._python(
            process,
            backend,
            [backend],
            self._between_services(backend.replace("_", "-")) | own,
            readiness=ServesGrpc(address),
            address=address,
            needs=("migrations",),
            tier=_MIDDLE,
        )

    def _gateway(self) -> Program:
        address = self._address("gateway")
        own = {
            "LISTEN_ADDR": address,
            "VAPI_WEBHOOK_SECRET": self._webhook_secret,
            "SWITCHBOARD_ADMIN_KEY": self._admin_key,
            "BACKEND_URL": self.backend_url,
        }
        if not self._wishes.vapi_url:
            # The simulator's live calls are controlled at its own address, and recordings lie there; what the caller's
            # environment says counts.
            simulator = self._address("vapi_simulator")
            own |= {hosts: self._wishes.environment.get(hosts, simulator) for hosts in _HOSTS}
        return self._python(
            "gateway",
            "gateway",
            ["gateway"],
            self._between_services("gateway") | own,
            readiness=AnswersHttp(address, "/ready"),
            address=address,
            tier=_FIRST,
        )

    def _python(
        self,
        name: str,
        role: str,
        module: list[str],
        own: Mapping[str, str],
        *,
        readiness: AnswersHttp | ServesGrpc | None,
        address: str = "",
        needs: tuple[str, ...] = (),
        tier: int = _FIRST,
    ) -> Program:
        return Program(
            name=name,
            role=role,
            # Nothing is lost with them, and a killed stack must not leave one that hangs on: hence SIGKILL.
            argv=leashed([sys.executable, "-m", *module], farewell=signal.SIGKILL),
            env={**self._wishes.environment, **own},
            readiness=readiness,
            address=address,
            needs=needs,
            tier=tier,
        )

    def _between_services(self, caller: str) -> dict[str, str]:
        return {
            "SERVICE_TOKEN_FILE": str(self._home.token_file(caller)),
            "SERVICE_CREDENTIALS_FILE": str(self._home.credentials_file),
            "GRPC_REFLECTION": "true",
            **{f"{backend.upper()}_ADDR": self._target(backend) for backend in BACKENDS},
        }

    def _target(self, backend: str) -> str:
        """A gRPC target of all the backend's processes; a plain address where there is one."""
        addresses = [self._address(process) for process in self._processes[backend]]
        return addresses[0] if len(addresses) == 1 else f"ipv4:{','.join(addresses)}"

    def _address(self, process: str) -> str:
        return f"{HOST}:{self._ports[process]}" if process in self._ports else ""

    def _database_urls(self, backend: str) -> DatabaseUrls:
        def url(role: str) -> str:
            password = self._secrets[f"database:{backend}:{role}"]
            return f"postgresql://{backend}_{role}:{password}@{self._address('postgres')}/{DATABASE}"

        return DatabaseUrls(app=url("app"), owner=url("owner"))


def migration_url_variable(backend: str) -> str:
    """Where the migrations find the URL of this backend's owner role."""
    return f"{backend.upper()}_MIGRATION_DATABASE_URL"


def wanted_ports(replicas: Mapping[str, int], *, with_simulator: bool) -> Iterator[tuple[str, int]]:
    """Process names with the port each would like; the gateway's is not up to us."""
    yield "postgres", FIRST_PORTS["postgres"]
    if with_simulator:
        yield "vapi_simulator", FIRST_PORTS["vapi_simulator"]
    by_backend = process_names(replicas)
    for backend in BACKENDS:
        yield backend, FIRST_PORTS[backend]
    for backend in BACKENDS:
        for process in by_backend[backend][1:]:
            yield process, FIRST_PORTS[backend]
