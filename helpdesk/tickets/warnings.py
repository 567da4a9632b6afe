"""What somebody is asked once more before a reply goes out: each a likely slip, none a prohibition. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from helpdesk.folding import fold

NAMED_MAX = 3
_ATTACHED = re.compile(r"添付|同封|attach(?:ed|ment)?\b|enclosed", re.IGNORECASE)
_NOT_ATTACHED = re.compile(r"添付(?:は|が)?(?:不要|なし|せず|しないで|いただ|くださ|願|して(?:くださ|いただ))")
_FORMS = re.compile(
    r"株式会社|有限会社|合同会社|\(株\)|（株）|㈱|\b(?:inc|ltd|co|corp|llc|kk|k\.k)\b\.?", re.IGNORECASE
)
_OPEN = re.compile(r"⟦\s*([^⟦⟧\n]{1,40}?)\s*⟧")
GREETING_LINES = 4


@dataclass(frozen=True)
class Warned:
    """One question before sending: `key` says what was asked, so that a yes holds for that alone."""

    key: str
    words: str


def open_places(body: str) -> list[str]:
    """What a template left to be filled in, as ⟦what⟧: a reply with any does not go out."""
    return list(dict.fromkeys(_OPEN.findall(body)))


def warnings_of(body: str, *, files: int, outside: Sequence[str], others: Mapping[str, str]) -> list[Warned]:
    """What to ask before these words leave. `others` are other customers' names by their core (see `core_of`)."""
    return [*_outside(outside), *_missing_file(body, files), *_other_names(body, others), *_two_honorifics(body)]


def core_of(name: str) -> str:
    """A company's name without its legal form, folded; empty where too little is left to look for."""
    core = fold(_FORMS.sub("", name)).strip()
    return core if len(core) >= 3 else ""


def _outside(addresses: Sequence[str]) -> Iterable[Warned]:
    for address in addresses:
        yield Warned(
            f"outside:{address}",
            _("%(address)s does not belong to this customer. Words and files go there, too.", address=address),
        )


def _missing_file(body: str, files: int) -> Iterable[Warned]:
    own = _NOT_ATTACHED.sub("", body)
    if not files and _ATTACHED.search(own):
        yield Warned("file", _("An attachment is mentioned, and there is none."))


def _other_names(body: str, others: Mapping[str, str]) -> Iterable[Warned]:
    plain = fold(body)
    named = [name for core, name in others.items() if core and core in plain]
    for name in named[:NAMED_MAX]:
        yield Warned(f"name:{name}", _("Another customer is named: %(name)s.", name=name))


def _two_honorifics(body: str) -> Iterable[Warned]:
    """会社名 御中 and a person's 様 in one address: either the company or the person is written to."""
    top = [line.strip() for line in body.splitlines() if line.strip()][:GREETING_LINES]
    company = next((place for place, line in enumerate(top) if "御中" in line), None)
    if company is None:
        return
    if any(line.endswith("様") and not line.endswith("皆様") for line in top[company:]) or "様" in top[company]:
        yield Warned("honorific", _("御中 and 様 stand together: write to the company or to the person."))
