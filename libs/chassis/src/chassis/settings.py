"""Configuration: one frozen settings object per process, read once, complaining about everything at once."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

_HIGHEST_PORT = 65_535


def _host_and_port(value: str) -> str:
    host, separator, port = value.rpartition(":")
    if not (host and separator and port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT):
        raise ValueError("must be host:port")
    return value


HostAndPort = Annotated[str, AfterValidator(_host_and_port)]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(str.lower)]


class SettingsIncomplete(SystemExit):
    """Settings are missing or wrong. Ends the process with a sentence that names all of them."""


class Settings(BaseSettings):
    """Settings of any process. Subclasses add their own; each field is the environment variable of its name."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_file=(".env", ".env.local"))

    log_level: LogLevel = Field(default="info", description="Least severe level that is logged.")
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None, description="Where traces are sent: an OpenTelemetry collector's base URL (OTLP over HTTP)."
    )

    @classmethod
    def load(cls) -> Self:
        """Read the environment. Raises SettingsIncomplete naming every missing and every wrong variable."""
        try:
            return cls()
        except ValidationError as error:
            raise SettingsIncomplete(_complaint(cls, error)) from None


class ServerSettings(Settings):
    """Settings of a process that serves gRPC."""

    listen_addr: HostAndPort = Field(description="host:port this service answers on.")
    database_url: str = Field(
        repr=False, description="PostgreSQL URL of the application role, which cannot bypass row security."
    )
    database_pool_size: int = Field(default=10, ge=1, description="Connections this process may hold.")
    service_token_file: str | None = Field(
        default=None, description="File with the token this process shows to other services."
    )
    service_credentials_file: str | None = Field(
        default=None,
        description="File naming who may call: lines of `caller sha256-of-token`; read anew on change.",
    )
    allow_unauthenticated_grpc: bool = Field(
        default=False, description="Serve without credentials; possible on loopback only."
    )
    metrics_listen_addr: HostAndPort | None = Field(
        default=None, description="host:port on which Prometheus is answered over HTTP."
    )
    grpc_reflection: bool = Field(default=False, description="Let clients ask which RPCs exist.")


class MigrationSettings(Settings):
    """Settings of a migration run."""

    migration_database_url: str = Field(repr=False, description="PostgreSQL URL of the owner role, which migrates.")


def _complaint(settings: type[Settings], error: ValidationError) -> str:
    lines = ["These settings are missing or wrong; set them in the environment, .env or .env.local:"]
    for problem in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in problem["loc"])
        field = settings.model_fields.get(name)
        meaning = f"  ({field.description})" if field and field.description else ""
        fault = "is missing" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
        lines.append(f"  {name.upper()}: {fault}{meaning}")
    return "\n".join(lines)
