"""What was typed into a search, read into words and filters. Pure."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from helpdesk.tickets.kinds import TicketState

QUERY_MAX = 300
REFERENCE = re.compile(r"\d{4}-\d{4,}")
PART = re.compile(r"\d{3,8}-?\d{0,8}")
"""Part of a ticket's number."""
ME, NOBODY = "me", "none"
_TOKEN = re.compile(r'(?:(?P<name>[^\W\d]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>\S+))')
_NAMES = {
    "status": "status",
    "状態": "status",
    "customer": "customer",
    "顧客": "customer",
    "お客様": "customer",
    "assignee": "assignee",
    "担当": "assignee",
    "before": "before",
    "以前": "before",
    "after": "after",
    "以降": "after",
}
_STATES = {
    "受付済": TicketState.new,
    "対応中": TicketState.open,
    "お客様確認待ち": TicketState.waiting,
    "お客様待ち": TicketState.waiting,
    "完了": TicketState.closed,
}
_PEOPLE = {"自分": ME, "me": ME, "なし": NOBODY, "none": NOBODY}
_DATE = re.compile(r"(\d{4})[-/年](\d{1,2})[-/月](\d{1,2})日?")


@dataclass(frozen=True)
class Query:
    """Every word and filter must hold. `before` and `after` are dates in the service's zone, `before` not included."""

    words: tuple[str, ...] = ()
    status: TicketState | None = None
    customer: str = ""
    assignee: str = ""
    before: date | None = None
    after: date | None = None
    unread: tuple[str, ...] = field(default=())
    """Filters whose value makes no sense, as they were typed."""

    @property
    def filtered(self) -> bool:
        return bool(self.status or self.customer or self.assignee or self.before or self.after)

    @property
    def for_the_desk_only(self) -> bool:
        return bool(self.customer or self.assignee)


def read_query(typed: str) -> Query:
    """`端末 "exact words" status:open customer:さくら assignee:me before:2026-11-01`, in Japanese names, too.

    A word with a colon that names no filter is a word.
    """
    words: list[str] = []
    unread: list[str] = []
    given: dict[str, TicketState | str | date] = {}
    plain = unicodedata.normalize("NFKC", typed.replace("\x00", ""))[:QUERY_MAX]
    for token in _TOKEN.finditer(plain):
        value = token["quoted"] if token["quoted"] is not None else token["plain"]
        name = _NAMES.get((token["name"] or "").lower())
        if name is None:
            words.append(f"{token['name']}:{value}" if token["name"] else value)
            continue
        read = _value(name, value)
        if read is None:
            unread.append(token[0])
        else:
            given[name] = read
    return Query(words=tuple(word for word in words if word.strip()), unread=tuple(unread), **given)  # type: ignore[arg-type]


def _value(name: str, value: str) -> TicketState | str | date | None:
    if name == "status":
        return _STATES.get(value) or (TicketState(value.lower()) if value.lower() in TicketState.__members__ else None)
    if name in ("before", "after"):
        match = _DATE.fullmatch(value)
        try:
            return date(int(match[1]), int(match[2]), int(match[3])) if match else None
        except ValueError:
            return None
    if name == "assignee":
        return _PEOPLE.get(value.lower(), value) or None
    return value or None
