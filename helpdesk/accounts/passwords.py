"""What is kept of a password, and whether one is right. Pure."""

from functools import lru_cache

from werkzeug.security import check_password_hash, generate_password_hash

HASHING = "scrypt:32768:8:3"
"""What OWASP names for this N and r."""
_THE_REST = "scrypt:32768:8:2"
"""What an earlier hash (scrypt:32768:8:1) lacks of today's cost."""


def password_hash(password: str) -> str:
    """What is kept of a password."""
    return generate_password_hash(password, HASHING)


def is_right(password: str, known: str | None) -> tuple[bool, bool]:
    """Whether it is the password of this hash, and whether the hash is of an earlier cost.

    Without a hash, and with one of an earlier cost, it takes as long as with today's.
    """
    asked = known or _nobody()
    right = check_password_hash(asked, password)
    if dated := not asked.startswith(f"{HASHING}$"):
        generate_password_hash(password, _THE_REST)
    return right and known is not None, dated


@lru_cache(maxsize=1)
def _nobody() -> str:
    """A hash to check against where there is none."""
    return password_hash("nobody has this password")
