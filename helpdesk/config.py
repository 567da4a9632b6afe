"""Configuration: flat, typed, read from the environment once. Any variable X may be given as X_FILE instead."""

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from helpdesk.addresses import is_address
from helpdesk.environment import ConfigError, Environment

Network = IPv4Network | IPv6Network
CONSOLE_LINK_HOSTS = tuple(
    f"{kind}.{region}amp.cisco.com" for kind in ("console", "api") for region in ("", "eu.", "apjc.")
)
"""Where links in alert mails lead to: consoles and API of the three regions."""
DEMO_SECRET = "demo-secret-not-for-production"  # noqa: S105 - refused outside demo mode
DEMO_CREDENTIAL_KEY = "ZGVtby1jcmVkZW50aWFsLWtleS1ub3QtZm9yLXByb2Q="
REGIONS = ("na", "eu", "apjc")
TOKEN_URLS = {
    region: f"https://visibility.{'' if region == 'na' else f'{region}.'}amp.cisco.com/iroh/oauth2/token"
    for region in REGIONS
}
CONSOLE_HOSTS = {region: f"https://api.{'' if region == 'na' else f'{region}.'}amp.cisco.com" for region in REGIONS}


@dataclass(frozen=True)
class Config:
    """One installation's settings. Ports are TCP on 127.0.0.1 unless `bind` says otherwise."""

    demo: bool
    var: Path
    database_url: str
    redis_url: str
    secret_key: str
    credential_keys: tuple[str, ...]
    base_url: str
    clock_file: Path | None
    web_port: int = 8000
    smtp_port: int = 8025
    lmtp_port: int = 8024
    console_port: int = 8090
    sink_port: int = 8026
    sink_page_port: int = 8027
    bind: str = "127.0.0.1"
    web_workers: int = 2
    trusted_proxies: int = 0
    provider_name: str = "みなと監視サービス"
    provider_phone: str = ""
    provider_address: str = ""
    logo: str = ""
    support_address: str = "support@desk.example"
    mail_host: str = "127.0.0.1"
    mail_port: int = 25
    mail_user: str = ""
    mail_password: str = ""
    mail_starttls: bool = False
    uploads_per_day: int = 300
    upload_mb_per_day: int = 300
    mail_files_limit: int = 7 * 1024 * 1024
    mail_size_limit: int = 25 * 1024 * 1024
    authserv_id: str = ""
    mail_relays: tuple[Network, ...] = ()
    smtp_tls_cert: Path | None = None
    smtp_tls_key: Path | None = None
    imap: tuple[str, ...] = ()
    reopen_days: int = 14
    actions_within_report_days: bool = False
    term_from_application: bool = False
    """Whether menu 1-(2) is read to bind quarantine and allow to the days of the report, too."""
    mail_cap_thread: int = 20
    mail_cap_sender: int = 2500
    mail_cap_domain: int = 10_000
    receipts_per_hour: int = 20
    receipts_per_domain_hour: int = 200
    mail_brake: int = 10
    mail_cap_failed_alerts: int = 20
    metrics_token: str = ""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Tokyo"))
    first_answer_minutes: int = 8 * 60
    undo_seconds: int = 15
    report_business_days: int = 2
    console_urls: Mapping[str, str] = field(default_factory=lambda: dict(CONSOLE_HOSTS))
    console_token_urls: Mapping[str, str] = field(default_factory=lambda: dict(TOKEN_URLS))
    console_link_hosts: tuple[str, ...] = CONSOLE_LINK_HOSTS
    console_senders: tuple[str, ...] = ("amp.cisco.com",)
    console_timeout: float = 20.0
    alert_window_minutes: int = 5
    poll_minutes: int = 5
    silence_days: int = 14
    privacy_business_days: int = 10
    ask_terms_at_sign_in: bool = False
    keep_inquiries_days: int = 0
    keep_originals_days: int = 0
    keep_notices_days: int = 0
    keep_sign_ins_days: int = 0
    keep_people_days: int = 0
    keep_names_days: int = 0
    keep_disclosures_days: int = 30


def read_config(environ: Mapping[str, str] | None = None) -> Config:
    """Read every setting. Raises ConfigError naming the variable and what to do."""
    env = Environment(os.environ if environ is None else environ)
    demo = env.flag("HELPDESK_DEMO")
    var = Path(env.text("HELPDESK_VAR", "var")).resolve()
    web_port, sink_port = env.port("HELPDESK_WEB_PORT", 8000), env.port("HELPDESK_SINK_PORT", 8026)
    console_port = env.port("HELPDESK_CONSOLE_PORT", 8090)
    return Config(
        demo=demo,
        var=var,
        database_url=_with_driver(env.text("DATABASE_URL", "")),
        redis_url=env.text("REDIS_URL", ""),
        secret_key=_secret(env, demo),
        credential_keys=_credential_keys(env, demo),
        base_url=env.text("HELPDESK_BASE_URL", f"http://127.0.0.1:{web_port}").rstrip("/"),
        clock_file=var / "clock" if demo else None,
        web_port=web_port,
        smtp_port=env.port("HELPDESK_SMTP_PORT", 8025),
        lmtp_port=env.port("HELPDESK_LMTP_PORT", 8024),
        console_port=console_port,
        sink_port=sink_port,
        sink_page_port=env.port("HELPDESK_SINK_PAGE_PORT", 8027),
        bind=env.text("HELPDESK_BIND", "127.0.0.1"),
        web_workers=env.number("HELPDESK_WEB_WORKERS", 2),
        trusted_proxies=env.number("HELPDESK_TRUSTED_PROXIES", 0),
        provider_name=env.text("HELPDESK_PROVIDER_NAME", "みなと監視サービス"),
        provider_phone=env.text("HELPDESK_PROVIDER_PHONE", "03-5550-0100" if demo else ""),
        provider_address=env.text("HELPDESK_PROVIDER_ADDRESS", "東京都港区海岸一丁目 1-1" if demo else ""),
        **_mail_settings(env, sink_port if demo else 25),
        first_answer_minutes=env.number("HELPDESK_FIRST_ANSWER_MINUTES", 8 * 60),
        undo_seconds=env.number("HELPDESK_UNDO_SECONDS", 15),
        report_business_days=env.number("HELPDESK_REPORT_BUSINESS_DAYS", 2),
        **_console_settings(env, demo, console_port),
        **_privacy_settings(env),
    )


def _privacy_settings(env: Environment) -> dict[str, Any]:
    """How long personal data are kept, in days; 0 keeps for ever."""
    kept = ("inquiries", "originals", "notices", "sign_ins", "people", "names")
    return {
        "ask_terms_at_sign_in": env.flag("HELPDESK_ASK_TERMS_AT_SIGN_IN"),
        "privacy_business_days": env.number("HELPDESK_PRIVACY_BUSINESS_DAYS", 10),
        **{f"keep_{name}_days": env.number(f"HELPDESK_KEEP_{name.upper()}_DAYS", 0) for name in kept},
        "keep_disclosures_days": env.number("HELPDESK_KEEP_DISCLOSURES_DAYS", 30),
    }


def _console_settings(env: Environment, demo: bool, console_port: int) -> dict[str, Any]:
    """What reading and changing customers' consoles needs."""
    return {
        "console_urls": _console_urls(env, demo, console_port),
        "console_token_urls": _token_urls(env, demo, console_port),
        "console_link_hosts": _hosts(env, "HELPDESK_CONSOLE_LINK_HOSTS", " ".join(CONSOLE_LINK_HOSTS)),
        "console_senders": _hosts(env, "HELPDESK_CONSOLE_SENDERS", "amp.cisco.com"),
        "console_timeout": float(env.number("HELPDESK_CONSOLE_TIMEOUT", 20)),
        "alert_window_minutes": env.number("HELPDESK_ALERT_WINDOW_MINUTES", 5),
        "poll_minutes": max(1, env.number("HELPDESK_POLL_MINUTES", 5)),
        "silence_days": env.number("HELPDESK_SILENCE_DAYS", 14),
    }


def _mail_settings(env: Environment, relay_port: int) -> dict[str, Any]:
    """What the mail door and outgoing mail need."""
    return {
        "support_address": _support_address(env),
        "mail_host": env.text("HELPDESK_MAIL_HOST", "127.0.0.1"),
        "mail_port": env.port("HELPDESK_MAIL_PORT", relay_port),
        "mail_user": env.text("HELPDESK_MAIL_USER", ""),
        "mail_password": env.text("HELPDESK_MAIL_PASSWORD", ""),
        "mail_starttls": env.flag("HELPDESK_MAIL_STARTTLS"),
        "authserv_id": env.text("HELPDESK_AUTHSERV_ID", "").lower(),
        "mail_relays": _networks(env, "HELPDESK_MAIL_RELAYS"),
        "smtp_tls_cert": env.path("HELPDESK_SMTP_TLS_CERT"),
        "smtp_tls_key": env.path("HELPDESK_SMTP_TLS_KEY"),
        "imap": _mailboxes(env),
        "reopen_days": env.number("HELPDESK_REOPEN_DAYS", 14),
        "actions_within_report_days": env.flag("HELPDESK_ACTIONS_WITHIN_REPORT_DAYS"),
        "term_from_application": env.flag("HELPDESK_TERM_FROM_APPLICATION"),
        "mail_cap_thread": env.number("HELPDESK_MAIL_CAP_THREAD", 20),
        "mail_cap_sender": env.number("HELPDESK_MAIL_CAP_SENDER", 2500),
        "mail_cap_domain": env.number("HELPDESK_MAIL_CAP_DOMAIN", 10_000),
        "uploads_per_day": env.number("HELPDESK_UPLOADS_PER_DAY", 300),
        "upload_mb_per_day": env.number("HELPDESK_UPLOAD_MB_PER_DAY", 300),
        "mail_files_limit": env.number("HELPDESK_MAIL_FILES_LIMIT", 7 * 1024 * 1024),
        "mail_size_limit": env.number("HELPDESK_MAIL_SIZE_LIMIT", 25 * 1024 * 1024),
        "receipts_per_hour": env.number("HELPDESK_RECEIPTS_PER_HOUR", 20),
        "receipts_per_domain_hour": env.number("HELPDESK_RECEIPTS_PER_DOMAIN_HOUR", 200),
        "mail_cap_failed_alerts": env.number("HELPDESK_MAIL_CAP_FAILED_ALERTS", 20),
        "mail_brake": env.number("HELPDESK_MAIL_BRAKE", max(4, env.number("HELPDESK_RECEIPTS_PER_HOUR", 20) // 2)),
        "metrics_token": env.text("HELPDESK_METRICS_TOKEN", ""),
    }


def _support_address(env: Environment) -> str:
    address = env.text("HELPDESK_SUPPORT_ADDRESS", "support@desk.example").strip().lower()
    if not is_address(address):
        raise ConfigError(
            f"HELPDESK_SUPPORT_ADDRESS must be one mail address such as support@desk.example: {address!r}."
        )
    return address


def _with_driver(url: str) -> str:
    """Name psycopg 3 in a plain postgresql:// address."""
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _secret(env: Environment, demo: bool) -> str:
    secret = env.text("HELPDESK_SECRET_KEY", DEMO_SECRET if demo else "")
    if not demo and secret == DEMO_SECRET:
        raise ConfigError("HELPDESK_SECRET_KEY still has the demo's value. " + _MAKE_ONE)
    if not demo and len(secret) < 32:
        raise ConfigError("HELPDESK_SECRET_KEY is missing or shorter than 32 characters. " + _MAKE_ONE)
    return secret


_MAKE_ONE = (
    "Make one with `python3 -c 'import secrets; print(secrets.token_urlsafe(48))'`, keep it in a file that only "
    "the service can read, and name it in HELPDESK_SECRET_KEY_FILE. For a trial, set HELPDESK_DEMO=1."
)


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key)) == 32
    except ValueError:
        return False


def _credential_keys(env: Environment, demo: bool) -> tuple[str, ...]:
    """Fernet keys for console credentials, newest first, separated by commas (R24)."""
    text = env.text("HELPDESK_CREDENTIAL_KEYS", DEMO_CREDENTIAL_KEY if demo else "")
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if not all(_is_fernet_key(key) for key in keys) or (not demo and (not keys or DEMO_CREDENTIAL_KEY in keys)):
        raise ConfigError(
            "HELPDESK_CREDENTIAL_KEYS is missing, no key, or the demo's. Make a key with `python3 -c 'from "
            "cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'` and name its file in "
            "HELPDESK_CREDENTIAL_KEYS_FILE; to rotate, put the new key before the old one, with a comma."
        )
    return keys


def _networks(env: Environment, name: str) -> tuple[Network, ...]:
    """Addresses and networks (CIDR), separated by blanks or commas."""
    given = env.text(name, "").replace(",", " ").split()
    try:
        return tuple(ip_network(network) for network in given)
    except ValueError as error:
        raise ConfigError(f"{name} must hold addresses or networks such as 192.0.2.0/24: {error}.") from None


def _hosts(env: Environment, name: str, default: str) -> tuple[str, ...]:
    """Host names, separated by blanks or commas."""
    given = tuple(env.text(name, default).lower().replace(",", " ").split())
    if wrong := [host for host in given if not re.fullmatch(r"[a-z0-9.-]+", host)]:
        raise ConfigError(f"{name} must hold host names such as console.amp.cisco.com, not {wrong[0]!r}.")
    return given


def _mailboxes(env: Environment) -> tuple[str, ...]:
    """Mailboxes to poll, as imaps://user:password@host/folder, separated by blanks or commas."""
    urls = tuple(env.text("HELPDESK_IMAP", "").replace(",", " ").split())
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
            raise ConfigError(
                "HELPDESK_IMAP must hold addresses such as imaps://user:password@mail.example.jp/INBOX, with blanks "
                "between several; write special characters of a password as %XX. Keep them in a file named by "
                "HELPDESK_IMAP_FILE."
            )
    return urls


def _console_urls(env: Environment, demo: bool, console_port: int) -> dict[str, str]:
    """Where each region's API answers; operators may map a region to another host, loopback included."""
    urls = {}
    for region in REGIONS:
        default = f"http://127.0.0.1:{console_port}" if demo else CONSOLE_HOSTS[region]
        urls[region] = env.text(f"HELPDESK_CONSOLE_URL_{region.upper()}", default).rstrip("/")
    return urls


def _token_urls(env: Environment, demo: bool, console_port: int) -> dict[str, str]:
    """Where each region hands out v3 tokens."""
    urls = {}
    for region in REGIONS:
        default = f"http://127.0.0.1:{console_port}/iroh/oauth2/token" if demo else TOKEN_URLS[region]
        urls[region] = env.text(f"HELPDESK_CONSOLE_TOKEN_URL_{region.upper()}", default)
    return urls
