"""Environment variables become one frozen settings object; every setting says what it is for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from honeyguide.caller import Audience
from honeyguide.private_files import kept_secret
from honeyguide.sealed import Keys
from honeyguide.secret_sources import SecretFiles, SecretsCommand
from honeyguide.telemetry.logs import LogFormat

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[a-z0-9.-]+(:\d{1,5})?")  # as browsers write them: in lower case
TrustedDocuments = Literal["off", "preferred", "required"]
_CAPACITY = "What operations of {} may cost at once, over all server processes: 1 an object that is answered, 10 a mutation."
_RESTORE = "How much of it comes back each second."
_LIMIT = "The most that one request of {} may cost, as its document and variables announce it; at most the capacity."
_TRUSTED = "Ids of trusted documents from {}: off (refused), preferred (beside any other document), required (nothing else runs)."


def _plain(name: str) -> AliasChoices:
    """The usual bare name of a variable that other tools set too, beside our prefixed one."""
    return AliasChoices(name, f"HONEYGUIDE_{name}")


class Settings(BaseSettings):
    """All that can be configured; each field is read from HONEYGUIDE_<NAME> (`load_settings` also makes what development lacks)."""

    model_config = SettingsConfigDict(env_prefix="HONEYGUIDE_", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True)

    environment: Literal["development", "production"] = Field(
        "development", description="In production nothing is made up: keys must be given."
    )

    secrets_command: str | None = Field(
        None,
        description='A program (no shell) that prints secrets as JSON, {"HONEYGUIDE_SECRET_KEY": "..."}; or each from the file that <NAME>_FILE names.',
    )

    # database
    database_url: SecretStr | None = Field(
        None,
        validation_alias=_plain("DATABASE_URL"),
        description="Any PostgreSQL 15 or newer. Without it an embedded server keeps its data in the data folder. Connections act as the role honeyguide_app.",
    )
    database_owner_url: SecretStr | None = Field(
        None,
        validation_alias=_plain("DATABASE_OWNER_URL"),
        description="The login that migrates: it may act as honeyguide_owner or create roles. Without it, DATABASE_URL is used.",
    )
    database_pool: int = Field(
        10, ge=2, le=200, description="Connections of the pool that reads and small writes share; the till's lanes have their own."
    )
    data_dir: Path = Field(Path(".honeyguide"), description="Embedded database, development keys and certificates, demo.json.")

    # serving
    host: str = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 only behind a proxy that ends TLS.")
    port: int = Field(8000, ge=1, le=65535, description="TCP port to listen on.")
    public_url: str | None = Field(
        None, description="How phones and browsers reach this server: https://loyalty.example. Default: http://host:port."
    )
    secret_key: SecretStr | None = Field(
        None, description="At least 32 characters; signs handles, cursors and pass tokens. Made in the data folder in development."
    )
    secret_key_before: SecretStr | None = Field(
        None,
        description="Former secret keys, comma-separated, newest first: what was sealed, claimed or put into passes under one still counts.",
    )
    program: str | None = Field(None, description="Code of the program when a command names none and several exist.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Lowest level of log lines that are written.")
    log_format: LogFormat = Field(
        "auto", description="json: one object a line; console: for people; auto: console on a terminal, json elsewhere."
    )
    traceparent: Literal["link", "follow"] = Field(
        "link",
        description="Traces of callers: link (ours begin anew and name theirs) or follow (theirs go on, sampled as they say: behind your own gateway only).",
    )

    # the APIs
    trusted_documents_member: TrustedDocuments = Field("preferred", description=_TRUSTED.format("members' apps"))
    trusted_documents_partner: TrustedDocuments = Field("preferred", description=_TRUSTED.format("partners' tills"))
    trusted_documents_operator: TrustedDocuments = Field("preferred", description=_TRUSTED.format("operators"))
    cost_capacity_member: int = Field(200_000, ge=1, le=10**9, description=_CAPACITY.format("a member"))
    cost_restore_member: int = Field(2_000, ge=1, le=10**6, description=_RESTORE)
    cost_limit_member: int = Field(100_000, ge=1, le=10**9, description=_LIMIT.format("a member's app"))
    cost_capacity_partner: int = Field(1_000_000, ge=1, le=10**9, description=_CAPACITY.format("each credential of a partner"))
    cost_restore_partner: int = Field(50_000, ge=1, le=10**6, description=f"{_RESTORE} A thousand purchases a second cost some 25,000.")
    cost_limit_partner: int = Field(500_000, ge=1, le=10**9, description=_LIMIT.format("a till"))
    cost_capacity_operator: int = Field(2_000_000, ge=1, le=10**9, description=_CAPACITY.format("an operator"))
    cost_restore_operator: int = Field(20_000, ge=1, le=10**6, description=_RESTORE)
    cost_limit_operator: int = Field(1_000_000, ge=1, le=10**9, description=_LIMIT.format("an operator"))
    live_connections: int = Field(
        10_000, ge=1, le=1_000_000, description="WebSockets and event streams of a process; beyond them others are sent away for a moment."
    )
    cors_origins: str | None = Field(
        None,
        description="Origins whose pages may call the APIs and sign in from browsers: https://app.example, comma-separated. Default: none.",
    )
    operations_dir: Path | None = Field(
        None,
        description="Your own trusted documents, laid out as schema/operations: <audience>/*.graphql, and <audience>*.manifest.json of Apollo's tools.",
    )

    member_demo: bool | None = Field(
        None, description="Whether /member/demo, the example page of a member, is served. Default: in development only."
    )

    # agents
    agent_looks_per_hour: int = Field(
        120, ge=1, le=100_000, description="How many members an agent may look at in an hour, in each process: an hour's worth at once."
    )

    # outgoing requests
    egress_allow: str | None = Field(
        None,
        description="Destinations inside that requests may go to: host, host:port or network, comma-separated. Default: none; in development this machine.",
    )
    egress_ca: Path | None = Field(None, description="PEM file of your own CA, trusted beside the public ones by outgoing requests.")

    # mail
    smtp_host: str | None = Field(
        None,
        description="Your mail host. Without it letters become files in the data folder in development, and none are sent in production.",
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail host: 587 with STARTTLS, 465 with TLS.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls: refused where the host does not offer it; tls: from the first byte; none: in development only."
    )
    smtp_user: str | None = Field(None, description="Who signs in at the mail host, where it asks.")
    smtp_password: SecretStr | None = Field(None, description="The password of that login.")
    smtp_sender: str = Field("loyalty@localhost", description="Whom letters are from: name@domain, or Name <name@domain>.")

    # till
    lanes: int = Field(
        2, ge=1, le=32, description="Lanes of the till, each with its own connection: two a core of the database server, up to 8."
    )
    batch_size: int = Field(64, ge=1, le=128, description="Most intents decided in one database transaction; more would raise p99.")
    queue_bound: int = Field(2_000, ge=1, description="Intents that wait in one lane before callers are told RETRY_LATER.")
    lock_timeout_ms: int = Field(3_000, ge=50, description="How long a batch waits for a member's lock before it is tried again.")

    # passes
    passes_dir: Path | None = Field(
        None,
        validation_alias=_plain("PASSES_DIR"),
        description="A folder with your own <style>.pass folders; default: those of the repository.",
    )
    worker_poll_ms: int = Field(200, ge=10, description="How often the worker looks for stale passes when nothing wakes it.")
    worker_metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Where the worker answers Prometheus, on HONEYGUIDE_HOST; unset: nowhere."
    )
    worker_lease_seconds: int = Field(30, ge=2, description="After so long another worker takes over what a killed one was sending.")

    # Apple Wallet
    apple_certificate: Path | None = Field(
        None,
        description="The pass signing certificate, PEM or .p12; or a folder with it and its successors, the newest valid one signs.",
    )
    apple_key: Path | None = Field(
        None, description="PEM file of its private key; in a folder the key of x.pem is x.key, or in x.pem itself."
    )
    apple_key_password: SecretStr | None = Field(None, description="Passphrase of the key or .p12, when it has one.")
    apple_wwdr: Path | None = Field(None, description="PEM file of Apple's intermediate (WWDR) certificate.")
    apple_pass_type_id: str = Field("pass.test.honeyguide.membership", description="Pass type identifier; must be the certificate's UID.")
    apple_team_id: str = Field("HONEYGUIDE", description="Ten characters; must be the certificate's OU.")
    apple_pass_bytes: int = Field(
        1_000_000, ge=100_000, le=10_000_000, description="The largest .pkpass that is made; larger styles are refused at upload."
    )
    apple_apns_host: str = Field("api.push.apple.com", description="Push service; the simulator's host in development.")
    apple_apns_port: int = Field(443, ge=1, le=65535, description="Port of the push service.")
    apple_apns_key: Path | None = Field(
        None, description="PEM file (.p8) of an APNs token key of the pass type's own team; unset: the pass certificate pushes (N3, N4)."
    )
    apple_apns_key_id: str | None = Field(None, min_length=10, max_length=10, description="The key id of that key, ten characters.")
    apple_push_type: Literal["background", "alert"] = Field("background", description="apns-push-type of pushes; leave it (N5).")
    apple_push_priority: Literal[5, 10] = Field(5, description="apns-priority of pushes; leave it (N5).")
    apple_apns_ca: Path | None = Field(
        None, description="PEM file of the CA that the push service's certificate is checked with; default: the system's."
    )

    # Google Wallet
    google_service_account_file: Path | None = Field(None, description="JSON key of the service account that owns the issuer's objects.")
    google_issuer_id: str | None = Field(None, description="Issuer id of the Google Pay & Wallet console.")
    google_api_url: str = Field(
        "https://walletobjects.googleapis.com/walletobjects/v1", description="REST address; the simulator's in development."
    )
    google_token_url: str = Field(
        "https://oauth2.googleapis.com/token", description="Where the service account's assertion becomes a token."
    )
    google_save_url: str = Field("https://pay.google.com/gp/v/save", description="Prefix of save links.")
    google_keys_url: str = Field("https://pay.google.com/gp/m/issuer/keys", description="Keys that Google signs its callbacks with.")
    google_requests_per_second: int = Field(20, ge=1, description="Limiter of the REST client; Google's own limit is 20 for each issuer.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed in, the environment, files, the key service's program: the first that knows a setting counts."""
        return init_settings, env_settings, SecretFiles(settings_cls), SecretsCommand(settings_cls)

    @model_validator(mode="after")
    def _production_makes_nothing_up(self) -> Self:
        if self.secret_key is not None and len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("HONEYGUIDE_SECRET_KEY must have at least 32 characters")
        for origin in self.cross_origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"HONEYGUIDE_CORS_ORIGINS: {origin} is no origin; write scheme://host or scheme://host:port, nothing after it"
                )
        for audience in Audience:
            capacity, _, limit = self.cost(audience)
            if limit > capacity:
                raise ValueError(f"HONEYGUIDE_COST_LIMIT_{audience.upper()} must not be above HONEYGUIDE_COST_CAPACITY_{audience.upper()}")
        if self.environment == "production":
            if self.secret_key is None:
                raise ValueError("HONEYGUIDE_SECRET_KEY is needed in production")
            if self.public_url is None or not self.public_url.startswith("https://"):
                raise ValueError("HONEYGUIDE_PUBLIC_URL must be an https:// address in production")
            if any(one.startswith("http://") and not one.startswith("http://localhost") for one in self.cross_origins):
                raise ValueError("HONEYGUIDE_CORS_ORIGINS must be https:// in production; http://localhost is that of an app's own view")
            if self.smtp_host is not None and self.smtp_tls == "none":
                raise ValueError("HONEYGUIDE_SMTP_TLS must be starttls or tls in production")
        return self

    @property
    def secrets(self) -> Keys:
        """The secret key and its former ones, to derive from; raises ValueError where none was given or made (`load_settings` makes one)."""
        if self.secret_key is None:
            raise ValueError("settings without a secret key cannot seal anything: use load_settings()")
        return Keys(self.secret_key.get_secret_value().encode(), self.secrets_before)

    @property
    def secrets_before(self) -> tuple[bytes, ...]:
        """The former secret keys, newest first."""
        text = self.secret_key_before.get_secret_value() if self.secret_key_before else ""
        return tuple(secret.strip().encode() for secret in text.split(",") if secret.strip())

    @property
    def cross_origins(self) -> tuple[str, ...]:
        return tuple(one.strip() for one in (self.cors_origins or "").split(",") if one.strip())

    def trusted_documents(self, audience: Audience) -> TrustedDocuments:
        match audience:
            case Audience.MEMBER:
                return self.trusted_documents_member
            case Audience.PARTNER:
                return self.trusted_documents_partner
            case Audience.OPERATOR:
                return self.trusted_documents_operator

    def cost(self, audience: Audience) -> tuple[int, int, int]:
        """Capacity, what is restored each second, and the most of one request."""
        match audience:
            case Audience.MEMBER:
                return self.cost_capacity_member, self.cost_restore_member, self.cost_limit_member
            case Audience.PARTNER:
                return self.cost_capacity_partner, self.cost_restore_partner, self.cost_limit_partner
            case Audience.OPERATOR:
                return self.cost_capacity_operator, self.cost_restore_operator, self.cost_limit_operator

    @property
    def url(self) -> str:
        """The public address without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def offers_member_demo(self) -> bool:
        return self.environment == "development" if self.member_demo is None else self.member_demo

    @property
    def keys_dir(self) -> Path:
        """Where signing keys made by this installation lie (0700)."""
        return self.data_dir / "keys"


def load_settings(**overrides: object) -> Settings:
    """Read the environment; in development a missing secret is made once and kept in the data folder."""
    settings = Settings(**overrides)  # type: ignore[arg-type]
    if settings.secret_key is not None:
        return settings
    return settings.model_copy(update={"secret_key": SecretStr(kept_secret(settings.keys_dir))})
