"""What a changed rule would have done to the inquiries of the last 90 days, before it is saved (R05)."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.extensions import db
from helpdesk.folding import fold_word, fold_words, says
from helpdesk.tickets.kinds import TicketKind, Verdict
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from helpdesk.triage.assessment import Knowledge, assess
from helpdesk.triage.knowledge import TriageContext
from helpdesk.triage.models import Decision
from helpdesk.triage.rules import LOOKED_THROUGH, Rule

DAYS = 90
INQUIRIES_MAX = 5_000
BODY_READ = 4_000


@dataclass(frozen=True)
class Inquiry:
    """`decided` is what an agent said, where one has."""

    reference: str
    subject: str
    body: str
    topic: str
    decided: Verdict | None

    def verdict(self, known: Knowledge) -> Verdict:
        """What would be suggested."""
        return assess(self.subject, self.body, known, topic=self.topic).verdict


@dataclass(frozen=True)
class Change:
    """An inquiry whose suggestion would be another. `better` is None where nobody decided it."""

    inquiry: Inquiry
    before: Verdict
    after: Verdict

    @property
    def better(self) -> bool | None:
        decided = self.inquiry.decided
        if decided is None or decided not in (self.before, self.after):
            return None
        return self.after == decided


@dataclass(frozen=True)
class DryRun:
    """`looked_at` inquiries, of which `concerned` have one of the words that changed."""

    changes: list[Change]
    looked_at: int
    concerned: int

    def count(self, better: bool | None) -> int:
        return sum(change.better is better for change in self.changes)


def dry_run(context: TriageContext, before: Rule | None, after: Rule | None, inquiries: Iterable[Inquiry]) -> DryRun:
    """Assess again what the change concerns, with the rules as they stand and with this one changed, added or out."""
    words = _changed_words(before, after)
    others = [rule for rule in context.known.rules if before is None or rule.key != before.key]
    changed = [*others, after] if after else others
    current = [*others, before] if before else others
    as_it_is, as_it_would_be = context.knowing(current), context.knowing(changed)
    changes, looked_at, concerned = [], 0, 0
    for inquiry in inquiries:
        looked_at += 1
        text = fold_words(f"{inquiry.subject}\n{inquiry.body}"[:LOOKED_THROUGH])
        if not any(says(text, word) for word in words):
            continue
        concerned += 1
        now = inquiry.verdict(as_it_is)
        then = inquiry.verdict(as_it_would_be)
        if now != then:
            changes.append(Change(inquiry, now, then))
    return DryRun(changes, looked_at, concerned)


def within(seconds: float, inquiries: Iterable[Inquiry]) -> Iterator[Inquiry]:
    """These inquiries for as long as there is time: somebody waits for the page."""
    end = time.monotonic() + seconds
    for inquiry in inquiries:
        if time.monotonic() > end:
            return
        yield inquiry


def recent_inquiries() -> Sequence[Inquiry]:
    """The newest inquiries of the last 90 days, at most 5,000, with their first words."""
    first = (
        select(Message.body)
        .where(Message.ticket_id == Ticket.id)
        .order_by(Message.id)
        .limit(1)
        .correlate(Ticket)
        .scalar_subquery()
    )
    decided = (
        select(Decision.verdict)
        .where(Decision.ticket_id == Ticket.id, ~Decision.automatic)
        .order_by(Decision.id.desc())
        .limit(1)
        .correlate(Ticket)
        .scalar_subquery()
    )
    since = clock.now() - timedelta(days=DAYS)
    rows = (
        select(Ticket.reference, Ticket.subject, func.left(first, BODY_READ), Ticket.topic, decided)
        .where(Ticket.kind == TicketKind.inquiry, Ticket.updated_at >= since, Ticket.opened_at >= since)
        .order_by(Ticket.id.desc())
        .limit(INQUIRIES_MAX)
    )
    return [Inquiry(row[0], row[1], row[2] or "", row[3], row[4]) for row in db.session.execute(rows)]


def _changed_words(before: Rule | None, after: Rule | None) -> set[str]:
    """The words whose effect changes: those that come or go, or all where the verdict does."""
    old = {fold_word(word) for word in before.words} if before else set()
    new = {fold_word(word) for word in after.words} if after else set()
    same_verdict = before is not None and after is not None and before.verdict == after.verdict
    return (old ^ new if same_verdict else old | new) - {""}
