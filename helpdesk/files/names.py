"""File names as senders claim them, made safe. Pure."""

import unicodedata

NAME_MAX = 110


def clean_name(name: str) -> str:
    """A file name safe to show and to send back: no path, no control or direction-changing characters."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))
    stem, dot, ending = kept.strip(". ").rpartition(".")
    short = f"{stem[:NAME_MAX]}{dot}{ending[:20]}" if dot and stem else ending[:NAME_MAX]
    return short or "file"
