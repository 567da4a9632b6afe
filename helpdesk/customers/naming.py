"""What customers and their people are found by. Pure."""

import unicodedata
from collections.abc import Sequence

from helpdesk.folding import compact, fold


def found_by(names: Sequence[str], phone: str = "") -> str:
    """Names folded, with and without their blanks, and the digits of a phone number."""
    folded = [fold(name) for name in names if name]
    together = [compact(name) for name in names if name]
    digits = "".join(c for c in unicodedata.normalize("NFKC", phone) if c.isdigit())
    return " ".join(dict.fromkeys([*folded, *together, digits])).strip()
