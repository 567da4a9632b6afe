"""The answers of triage, out of scope or places in the manual, from templates a supervisor edits (R03, R04)."""

import re
from collections.abc import Sequence
from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.customers.models import Language
from helpdesk.errors import Refusal
from helpdesk.extensions import Model, db
from helpdesk.manuals.models import ManualSection
from helpdesk.notices.texts import text_of
from helpdesk.tickets.answering import ticket_link
from helpdesk.tickets.kinds import Verdict
from helpdesk.tickets.models import Ticket
from helpdesk.triage.acts import TriageAct
from helpdesk.triage.models import ScopeRule

ANSWERED = (Verdict.out_of_scope, Verdict.manual_reference)
VARIABLES = {
    Verdict.out_of_scope: ("salutation", "reference", "subject", "reason", "clause", "link"),
    Verdict.manual_reference: ("salutation", "reference", "subject", "places", "link"),
}
NEEDED = {Verdict.out_of_scope: ("reason", "clause", "link"), Verdict.manual_reference: ("places", "link")}
"""Without these an answer would not say what it must."""
BLANKS = {
    "reason": {"ja": "(理由をご記入ください)", "en": "(please give the reason)"},
    "clause": {"ja": "(条項をご記入ください)", "en": "(please name the clause)"},
    "places": {"ja": "(マニュアルの箇所をご記入ください)", "en": "(please name the place in the manual)"},
}
"""What an answer leaves for the agent to fill in; it cannot be sent with one of these."""
BODY_MAX = 10_000
_VARIABLE = re.compile(r"\{([a-z_]+)\}")


class AnswerTemplate(Model):
    """A supervisor's own words for an answer; where they are empty the product's own stand."""

    __tablename__ = "answer_templates"
    __table_args__ = (UniqueConstraint("verdict", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    verdict: Mapped[Verdict]
    language: Mapped[Language]
    body: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


def template_of(verdict: Verdict, language: str) -> str:
    """The words in use, with `{variables}`."""
    own = _own(verdict, language)
    return own.body if own and own.body else shipped(verdict, language)


def shipped(verdict: Verdict, language: str) -> str:
    return text_of(f"answers/{verdict.value}", language)


def set_template(by: Actor, verdict: Verdict, language: Language, body: str) -> None:
    """Change the words of an answer; the product's own words again where `body` is empty.

    Raises Refusal where a variable is unknown, or one is missing that the answer cannot do without.
    """
    named = set(_VARIABLE.findall(body))
    if unknown := sorted(named - set(VARIABLES[verdict])):
        raise Refusal(_("There is no variable %(names)s.", names=_braced(unknown)))
    if body.strip() and (missing := [name for name in NEEDED[verdict] if name not in named]):
        raise Refusal(_("The answer needs %(names)s.", names=_braced(missing)))
    own = _own(verdict, language.value)
    if own is None:
        own = AnswerTemplate(verdict=verdict, language=language)
        db.session.add(own)
    own.body, own.changed_at, own.changed_by = body.strip(), clock.now(), by.name
    db.session.flush()
    record(by, TriageAct.template_changed, own, verdict=verdict.value, language=language.value, body=own.body)


def answer_text(ticket: Ticket, verdict: Verdict, *, rule: ScopeRule | None, sections: list[ManualSection]) -> str:
    """The prepared answer in the requester's language; empty for a verdict that is not mailed."""
    if verdict not in ANSWERED:
        return ""
    language = ticket.requester.language.value if ticket.requester else "ja"
    values = {
        "salutation": ticket.requester.salutation if ticket.requester else "",
        "reference": ticket.reference,
        "subject": ticket.subject,
        "reason": (rule.reason_en if language == "en" else rule.reason_ja) if rule else "",
        "clause": rule.clause if rule else "",
        "places": place_lines(sections, language),
        "link": ticket_link(ticket),
    }
    return _filled(template_of(verdict, language), values, language).strip()


def incomplete(answer: str) -> bool:
    """Whether something in brackets was left to be filled in."""
    return any(placeholder in answer for blank in BLANKS.values() for placeholder in blank.values())


def _filled(template: str, values: dict[str, str], language: str) -> str:
    """Variables put in once: what a value contains is never read as a variable."""
    return _VARIABLE.sub(lambda match: values.get(match[1]) or BLANKS.get(match[1], {}).get(language, ""), template)


def place_lines(sections: Sequence[ManualSection], language: str) -> str:
    """Each place in lines of its own, as an answer names it."""
    return "\n".join(_place_lines(section, language) for section in sections)


def _place_lines(section: ManualSection, language: str) -> str:
    """Manual, edition, page, section and link (R04); a link by number, since mail programs end one at 日."""
    manual, page = section.manual, section.printed_page
    link = f"{current_app.config['BASE_URL']}/portal/manual-sections/{section.id}"
    if language == "en":
        place = f", page {page}" if page else ""
        return f'- {manual.title("en")}, edition {manual.edition}{place}, "{section.title("en")}"\n  {link}'
    place = f" {page}ページ" if page else " "
    return f"・{manual.title('ja')} {manual.edition}{place}「{section.title('ja')}」\n  {link}"


def _own(verdict: Verdict, language: str) -> AnswerTemplate | None:
    rows = select(AnswerTemplate).where(
        AnswerTemplate.verdict == verdict, AnswerTemplate.language == Language(language)
    )
    return db.session.scalar(rows)


def _braced(names: list[str]) -> str:
    return " ".join(f"{{{name}}}" for name in names)
