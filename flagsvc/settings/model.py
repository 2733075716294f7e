"""The settings themselves: name, type, limits, default and what is expected, in one table. Nothing here reads them."""

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from flagsdk.redis_link import parse
from flagsdk.wire.cohort import parse_keys
from flagsvc.domain.sessions import IDLE_SECONDS, TOTAL_SECONDS
from flagsvc.signing import pair_of

PREFIX = "FLAGSVC_"
_TOKEN = re.compile(r"[!-~]{16,512}")
MAX_SECRETS = 2
_ORIGIN = re.compile(r"\*|https?://[^/\s?#]+")


def _listed(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _proxies(networks: Any) -> Any:
    parsed = tuple(ip_network(text) for text in _listed(networks))
    if any(network.prefixlen == 0 for network in parsed):
        raise ValueError("everybody is a proxy")
    return parsed


def _networks(networks: Any) -> Any:
    return tuple(ip_network(text) for text in _listed(networks))


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError("unexpected form")
        return text

    return check


def _token(secret: SecretStr) -> SecretStr:
    _matching(_TOKEN)(secret.get_secret_value())
    return secret


def _address(*schemes: str) -> Callable[[SecretStr], SecretStr]:
    def check(secret: SecretStr) -> SecretStr:
        parts = urlsplit(secret.get_secret_value())
        if parts.scheme not in schemes or not (parts.netloc or parts.path.strip("/")):
            raise ValueError("unexpected scheme, or nothing after it")
        return secret

    return check


def _redis(secret: SecretStr) -> SecretStr:
    parse(secret.get_secret_value())
    return secret


def _signing_key(secret: SecretStr) -> SecretStr:
    pair_of(secret.get_secret_value())
    return secret


def _hook_secrets(secret: SecretStr) -> SecretStr:
    parts = secrets_of(secret)
    if not 1 <= len(parts) <= MAX_SECRETS or not all(_TOKEN.fullmatch(part) for part in parts):
        raise ValueError("one or two secrets")
    return secret


def secrets_of(secret: SecretStr | None) -> tuple[str, ...]:
    """Give the secrets of a setting that may have two, with a comma between; none for None."""
    return tuple(part.strip() for part in secret.get_secret_value().split(",")) if secret else ()


def _cohort_keys(secret: SecretStr) -> SecretStr:
    parse_keys(secret.get_secret_value())
    return secret


Token = Annotated[SecretStr, AfterValidator(_token)]
Database = Annotated[SecretStr, AfterValidator(_address("sqlite", "postgresql", "postgresql+psycopg"))]
Redis = Annotated[SecretStr, AfterValidator(_redis)]
SigningKey = Annotated[SecretStr, AfterValidator(_signing_key)]
CohortKeys = Annotated[SecretStr, AfterValidator(_cohort_keys)]
HookSecrets = Annotated[SecretStr, AfterValidator(_hook_secrets)]
Proxies = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_proxies)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_networks)]
Origins = Annotated[tuple[Annotated[str, AfterValidator(_matching(_ORIGIN))], ...], NoDecode, BeforeValidator(_listed)]
Level = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(lambda value: str(value).lower())]


def _setting(default: Any, expects: str, description: str, **limits: Any) -> Any:
    return Field(default, description=description, json_schema_extra={"expects": expects}, **limits)


class Settings(BaseSettings):
    """Every setting of the service; the variable is `FLAGSVC_` and the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = _setting("127.0.0.1", "an address to listen on", "Address to listen on.", min_length=1)
    port: int = _setting(8080, "a whole number from 0 to 65535", "Port; 0 takes a free one.", ge=0, le=65535)
    metrics_port: int | None = _setting(
        None,
        "a whole number from 1 to 65535, and not that of FLAGSVC_PORT",
        "Port of a listener for `/metrics` alone; without it `/metrics` is on the main port.",
        ge=1,
        le=65535,
    )
    data_dir: Path = _setting(Path("data"), "a directory", "Where the embedded database lives.")
    database_url: Database | None = _setting(
        None, "sqlite:///PATH or postgresql://…", "The database; by default SQLite in the data directory."
    )
    database_upgrade: bool = _setting(
        default=True,
        expects="true or false",
        description="Whether `serve` brings the schema up to date (under a lock); otherwise it waits for `db upgrade`.",
    )
    database_patience_seconds: float = _setting(
        1.0,
        "a number from 0.2 to 60",
        "What a silent PostgreSQL, or another write's lock, may cost a write before it is refused; "
        "on SQLite, waiting for its turn may cost five times that.",
        ge=0.2,
        le=60,
    )
    redis_url: Redis | None = _setting(
        None,
        "redis[s]://, redis[s]+sentinel://, redis[s]+cluster:// or unix://",
        "Redis that carries snapshots; without it SDKs use the HTTP feed.",
    )
    signing_key: SigningKey | None = _setting(
        None,
        "an Ed25519 private key: PEM without a password, or its 32 bytes in base64",
        "Signs every snapshot and change; SDKs that pin the public key take no other. `flagsvc keys new` makes one.",
    )
    admin_token: Token | None = _setting(
        None, "16 to 512 visible ASCII characters", "The first admin token, instead of a drawn one."
    )
    sample_token: Token | None = _setting(
        None, "16 to 512 visible ASCII characters", "Evaluation token of the sample data, instead of a drawn one."
    )
    sample_data: bool = _setting(
        default=False, expects="true or false", description="Whether to put sample flags into an empty database."
    )
    log_level: Level = _setting("info", "debug, info, warning or error", "The least level that is logged.")
    log_format: Literal["auto", "json", "console"] = _setting(
        "auto", "auto, json or console", "Form of log lines; auto is JSON unless on a terminal."
    )
    tracing: bool = _setting(
        default=False,
        expects="true or false",
        description="Whether to send spans by OpenTelemetry; where to is said by OTEL_* (docs/operate/tracing.md).",
    )
    trusted_proxies: Proxies = _setting(
        (),
        "addresses or networks with commas between, never 0.0.0.0/0",
        "Peers whose X-Forwarded-* headers are believed.",
    )
    session_idle_seconds: int = _setting(
        IDLE_SECONDS,
        "a whole number from 300 to 2592000",
        "A session ends when nobody has used it for so long.",
        ge=300,
        le=2_592_000,
    )
    session_seconds: int = _setting(
        TOTAL_SECONDS, "a whole number from 300 to 2592000", "The longest that a session lasts.", ge=300, le=2_592_000
    )
    cohort_key: CohortKeys | None = _setting(
        None,
        "one or two keys of 32 to 512 visible ASCII characters, with a comma between",
        "Signs the cohort for the application behind the edge; of two keys the first one signs.",
    )
    cohort_seconds: int = _setting(
        300, "a whole number from 10 to 86400", "How long a signed cohort is valid.", ge=10, le=86_400
    )
    cors_origins: Origins = _setting(
        (), "origins with commas between (https://app.example), or *", "Browser origins that may ask OFREP."
    )
    max_body_bytes: int = _setting(
        1_048_576, "a whole number from 1024 to 67108864", "The largest request body.", ge=1024, le=67_108_864
    )
    stream_limit: int = _setting(
        1000, "a whole number from 1 to 100000", "Open streams per process; more get 503.", ge=1, le=100_000
    )
    snapshot_rate: int = _setting(
        50, "a whole number from 1 to 100000", "Whole snapshots per second and process; more get 503.", ge=1, le=100_000
    )
    poll_seconds: float = _setting(
        1.0, "a number from 0.05 to 60", "How often a replica asks the database when nothing wakes it.", ge=0.05, le=60
    )
    routers: Path | None = _setting(
        None, "a YAML file", "The load balancers, meshes and cloud resources that may be told weights (docs/routers)."
    )
    metric_sources: Path | None = _setting(
        None, "a YAML file", "Where the metrics of rollouts may be read, by name (docs/metric-sources.md)."
    )
    notifiers: Path | None = _setting(
        None, "a YAML file", "Who is told what happens to rollouts: chats, programs, mailboxes (docs/notifications.md)."
    )
    outbound_networks: Networks = _setting(
        (),
        "addresses or networks with commas between; 0.0.0.0/0 is dangerous",
        "Private networks that smoke tests and hooks of plans may reach, besides public addresses.",
    )
    outbound_ca: Path | None = _setting(
        None, "a file of certificates in PEM", "Authorities that smoke tests and hooks trust, besides the system's."
    )
    hook_secret: HookSecrets | None = _setting(
        None,
        "one or two secrets of 16 to 512 visible ASCII characters, with a comma between",
        "Signs what hooks and webhook gates are asked (docs/reference/hooks.md); of two, each signs.",
    )
    rollbacks_per_hour: int = _setting(
        10,
        "a whole number from 1 to 1000",
        "How many rollouts may be rolled back by themselves in an hour, over all environments; then all stand still.",
        ge=1,
        le=1000,
    )
    reconcile_seconds: float = _setting(
        1.5, "a number from 0.5 to 300", "How often Redis is compared with the database.", ge=0.5, le=300
    )
    drain_seconds: float = _setting(
        5.0, "a number from 0 to 300", "At shutdown: not ready, but serving, for this long.", ge=0, le=300
    )
    shutdown_seconds: int = _setting(
        20, "a whole number from 1 to 300", "At shutdown: the longest wait for open requests.", ge=1, le=300
    )

    @field_validator("metrics_port")
    @classmethod
    def _other_port(cls, value: int | None, info: ValidationInfo) -> int | None:
        """Refuse the main port: both could be bound, and everything would be answered as if it were for metrics."""
        if value is not None and value == info.data.get("port"):
            raise ValueError("the port is taken by FLAGSVC_PORT")
        return value

    @property
    def database(self) -> str:
        """The database's address, in full: a secret."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{(self.data_dir / 'flagsvc.db').absolute()}"

    @property
    def is_embedded(self) -> bool:
        """Whether the database is a file of ours, so that nobody else can repair or start it."""
        return self.database.startswith("sqlite")

    @property
    def database_folder(self) -> Path | None:
        """Where the embedded database is; None where the database is elsewhere, and nothing is written here."""
        return Path(self.database.removeprefix("sqlite:///")).parent if self.is_embedded else None

    @property
    def signing(self) -> str | None:
        """The key that signs snapshots, in full: a secret."""
        return None if self.signing_key is None else self.signing_key.get_secret_value()

    @property
    def redis(self) -> str | None:
        """The address of Redis, in full: a secret."""
        return None if self.redis_url is None else self.redis_url.get_secret_value()


def expectation(field: FieldInfo) -> str:
    """Say in words what a value of the field has to be."""
    extra = field.json_schema_extra
    return str(extra["expects"]) if isinstance(extra, dict) else ""
