"""What is a mail address that we can write to (RFC 5321 4.1.2, RFC 5322 3.4.1). Pure; every door asks here."""

import re

ADDRESS_MAX = 254
LOCAL_MAX = 64
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


def is_address(text: str) -> bool:
    """Whether this is one plain address in ASCII, with a dot in its domain.

    Dots in a row or at the end of the local part are taken, since Japanese carriers gave such addresses out; quoted
    local parts, literal domains and anything that reads as an encoded word (RFC 2047) are not.
    """
    local, at, domain = text.rpartition("@")
    labels = domain.split(".")
    return (
        bool(at)
        and len(text) <= ADDRESS_MAX
        and len(local) <= LOCAL_MAX
        and _LOCAL.fullmatch(local) is not None
        and not local.startswith(".")
        and "=?" not in local
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )
