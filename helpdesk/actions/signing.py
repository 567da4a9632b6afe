"""Signing proofs with Ed25519 (RFC 8032), so that anybody with the public key can check one without us.

The private key is made when it is first needed and stored encrypted with HELPDESK_CREDENTIAL_KEYS; public keys
are kept for good, so that old proofs can be checked after a new key was made.
"""

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import LargeBinary, func, select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.actions.acts import ActionAct
from helpdesk.audit.models import SYSTEM, record
from helpdesk.extensions import Model, db
from helpdesk.locking import locked, relocked, unlocked

ALGORITHM = "Ed25519"
EMBEDDED = "proof.json"
"""The signed file's name within a printed proof."""
_MAKING = 7_221_041
"""The advisory lock under which a first key is made."""


class SigningKey(Model):
    """A key pair; `public` is 32 bytes in base64, `secret` the private key, encrypted."""

    __tablename__ = "signing_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    public: Mapped[str] = mapped_column(unique=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]


@dataclass(frozen=True)
class Signed:
    """A proof with its signature. `body` is what was signed; `public` the key to check it with."""

    body: dict[str, Any]
    public: str
    signature: str

    def as_text(self) -> str:
        """The file that is handed out and checked."""
        kept = {"proof": self.body, "algorithm": ALGORITHM, "public_key": self.public, "signature": self.signature}
        return json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    def facts(self) -> str:
        """What was signed, in short, for who checks it."""
        body = self.body
        lists = ", ".join(str(target.get("name")) for target in body.get("targets") or [])
        lines = [f"  {name}: {body.get(name)}" for name in ("action", "kind", "sha256", "result", "verified_at")]
        quarantined = (
            ", ".join(str(event.get("computer")) for event in body.get("quarantined") or []) or "none said so yet"
        )
        by = body.get("instruction") or {}
        instructed = f"  instructed by: {by.get('by')}, {by.get('at')}, {by.get('through')}"
        return "\n".join([*lines, f"  lists or computers: {lists}", f"  quarantined on: {quarantined}", instructed])


def sign(body: dict[str, Any]) -> Signed:
    """Sign the canonical form of `body` with the newest key, made here where there is none yet."""
    row = db.session.scalar(select(SigningKey).order_by(SigningKey.id.desc()).limit(1)) or _first_key()
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(unlocked(row.secret)))
    return Signed(body, row.public, base64.b64encode(private.sign(canonical(body))).decode())


def read_signed(text: str) -> Signed:
    """A proof's file. Raises ValueError where it is none."""
    kept = json.loads(text, object_pairs_hook=_each_once)
    if not isinstance(kept, dict) or not isinstance(kept.get("proof"), dict) or kept.get("algorithm") != ALGORITHM:
        raise ValueError("this is no signed proof")
    return Signed(kept["proof"], str(kept.get("public_key", "")), str(kept.get("signature", "")))


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a doubled key others may read the other value: such a file says nothing for sure."""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key stands in it twice")
    return read


def holds(signed: Signed) -> bool:
    """Whether the signature fits body and key."""
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed.public))
        public.verify(base64.b64decode(signed.signature), canonical(signed.body))
    except (InvalidSignature, ValueError):
        return False
    return True


def canonical(body: dict[str, Any]) -> bytes:
    """The bytes that are signed: UTF-8 JSON, keys sorted, no spaces."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def public_keys() -> list[SigningKey]:
    """Every key that ever signed, newest first."""
    return list(db.session.scalars(select(SigningKey).order_by(SigningKey.id.desc())))


def new_key() -> SigningKey:
    """Make a key that signs from now on."""
    private = Ed25519PrivateKey.generate()
    public = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    secret = locked(base64.b64encode(private.private_bytes_raw()).decode())
    row = SigningKey(public=public, secret=secret, made_at=clock.now())
    db.session.add(row)
    db.session.flush()
    return row


def relock_keys() -> int:
    """Encrypt every private key anew with the first of HELPDESK_CREDENTIAL_KEYS; returns how many."""
    rows = public_keys()
    for row in rows:
        row.secret = relocked(row.secret)
    return len(rows)


def _first_key() -> SigningKey:
    db.session.execute(select(func.pg_advisory_xact_lock(_MAKING)))
    key = db.session.scalar(select(SigningKey).order_by(SigningKey.id.desc()).limit(1))
    if key is not None:
        return key
    made = new_key()
    record(SYSTEM, ActionAct.signing_key_made, made, public=made.public)
    return made
