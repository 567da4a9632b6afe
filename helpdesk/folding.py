"""One folding of names, the same in Python and in PostgreSQL's lower(): character by character. Pure."""


def folded(name: str) -> str:
    """A name as it is compared: `lower(name)` says the same where the database maps single characters, as C.UTF-8 does.

    Python's own lower() looks at neighbours (a final sigma) and makes two characters of one (İ).
    """
    return "".join("i" if c == "İ" else c.lower() for c in name)
