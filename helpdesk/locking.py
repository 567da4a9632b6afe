"""Secrets as they are stored: encrypted with HELPDESK_CREDENTIAL_KEYS, the first of which encrypts (R24)."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app

from helpdesk.errors import VendorError


def locked(secret: str) -> bytes:
    """A secret as it is stored: encrypted with the first of HELPDESK_CREDENTIAL_KEYS."""
    return _cipher().encrypt(secret.encode())


def unlocked(stored: bytes) -> str:
    """A stored secret. Raises VendorError where none of the keys opens it."""
    try:
        return _cipher().decrypt(stored).decode()
    except InvalidToken as error:
        message = "A stored secret cannot be decrypted: HELPDESK_CREDENTIAL_KEYS lacks its key."
        raise VendorError(message, permanent=True) from error


def relocked(stored: bytes) -> bytes:
    return _cipher().rotate(stored)


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in current_app.config["CREDENTIAL_KEYS"]])
