"""Real mail servers for tests, each in a directory and on a port of its own: Postfix and Dovecot, as root."""

import os
import pwd
import shutil
import smtplib
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpdesk.local import LocalPaths
from tests.product import ROOT, Product, free_ports


def lacking(*programs: str) -> str:
    """Why the peers cannot run here; empty where they can."""
    missing = [name for name in programs if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None]
    if missing:
        return f"not installed: {', '.join(missing)} (Debian's postfix and dovecot-imapd; .ci/run installs them)"
    return "" if os.geteuid() == 0 else "mail servers can only be started by root"


def _open_to_servers(folder: Path) -> None:
    """Lets servers that run as people of their own reach `folder` below pytest's private directories."""
    for one in (folder, *folder.parents):
        if one.is_relative_to(Path("/tmp")) and one != Path("/tmp"):
            one.chmod(0o755)


@contextmanager
def postfix(folder: Path, product: Product) -> Iterator[int]:
    """A Postfix that hands lmtp@... over by LMTP and pipe@... by a pipe; gives its SMTP port."""
    (port,) = free_ports(1)
    config, queue, data = (folder / name for name in ("config", "queue", "data"))
    for one in (config, queue, data):
        one.mkdir(parents=True)
    _open_to_servers(folder)
    shutil.chown(data, "postfix")
    (config / "main.cf").write_text(MAIN.format(queue=queue, data=data, lmtp=product.ports["LMTP"], log=folder / "log"))
    (config / "master.cf").write_text(MASTER.format(port=port, script=_pipe_script(folder, product)))
    (config / "transport").write_text(
        f"lmtp@desk.example lmtp:inet:127.0.0.1:{product.ports['LMTP']}\npipe@desk.example helpdesk:\n"
    )
    environment = {**os.environ, "MAIL_CONFIG": str(config), "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    subprocess.run(["postfix", "-c", str(config), "start"], env=environment, check=True, capture_output=True)
    try:
        _wait_for_smtp(port)
        yield port
    finally:
        subprocess.run(["postfix", "-c", str(config), "stop"], env=environment, check=False, capture_output=True)


def pipe_lacking(product: Product) -> str:
    """Why a pipe cannot run the product here: it runs as nobody, with the system's own Python."""
    given = {**os.environ, "PYTHONPATH": PACKAGES}
    words = ["runuser", "-u", "nobody", "--", SYSTEM_PYTHON, "-c", "import helpdesk.mailgate.commands"]
    tried = subprocess.run(words, env=given, cwd=ROOT, capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"an unprivileged account cannot run the checkout here: {tried.stderr.strip()[-200:]}"
    for one in (product.var / "files", *(product.var / "files").rglob("*")):
        shutil.chown(one, "nobody")
    return ""


SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = sysconfig.get_path("purelib")


def _pipe_script(folder: Path, product: Product) -> Path:
    """The command line of docs/mail.md with this product's settings."""
    script = folder / "helpdesk-pipe"
    settings = "\n".join(
        f"export {name}='{value}'" for name, value in product.environment.items() if "HELPDESK" in name
    )
    place = LocalPaths(product.var)
    settings += f"\nexport DATABASE_URL='{place.database_url}' REDIS_URL='{place.redis_url}'"
    lines = ["#!/bin/sh", settings, f"cd {ROOT}", f"export PYTHONPATH={PACKAGES}:{ROOT}"]
    script.write_text("\n".join([*lines, f'exec {SYSTEM_PYTHON} -m helpdesk mail receive "$@"', ""]))
    script.chmod(0o755)
    return script


def _wait_for_smtp(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            smtplib.SMTP("127.0.0.1", port, timeout=5).quit()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def dovecot(folder: Path) -> Iterator[tuple[int, Path]]:
    """A Dovecot with the user `desk`, password `secret`; gives its IMAP port and the mailbox directory."""
    (port,) = free_ports(1)
    mail = folder / "mail"
    account = pwd.getpwnam("nobody")
    for one in (mail, mail / "new", mail / "cur", mail / "tmp"):
        one.mkdir(parents=True, exist_ok=True)
        os.chown(one, account.pw_uid, account.pw_gid)
    _open_to_servers(folder)
    config = folder / "dovecot.conf"
    config.write_text(DOVECOT.format(folder=folder, port=port, mail=mail, uid=account.pw_uid, gid=account.pw_gid))
    (folder / "users").write_text(f"desk:{{PLAIN}}secret:{account.pw_uid}:{account.pw_gid}::{folder}\n")
    process = subprocess.Popen(
        ["dovecot", "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield port, mail
    finally:
        process.terminate()
        process.wait(timeout=20)


def put(mailbox: Path, name: str, raw: bytes) -> None:
    """Deliver a mail into a Maildir."""
    account = pwd.getpwnam("nobody")
    fresh = mailbox / "tmp" / name
    fresh.write_bytes(raw)
    os.chown(fresh, account.pw_uid, account.pw_gid)
    fresh.rename(mailbox / "new" / name)


MAIN = """compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
maillog_file = {log}
maillog_file_prefixes = /
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mx.desk.example
mydestination =
relay_domains = desk.example
transport_maps = texthash:$config_directory/transport
smtpd_relay_restrictions = permit_mynetworks, reject
alias_maps =
local_recipient_maps =
helpdesk_destination_recipient_limit = 50
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
"""

MASTER = """{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
error unix - - n - - error
retry unix - - n - - error
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
helpdesk unix - n n - - pipe flags=q user=nobody argv={script} --from ${{sender}} --origin ${{queue_id}} ${{recipient}}
"""

DOVECOT = """protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{mail}
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = dovecot
default_login_user = dovenull
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
"""
