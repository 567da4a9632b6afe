"""What triage learned, in versions: from the examples that ship with the product, and from what agents decided (R05).

A version names the last decision it was made from. Made again from the same, it has the same digest. Nothing leaves the
database.
"""

from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.orm import Mapped, aliased, mapped_column

from helpdesk import clock
from helpdesk.audit.models import Actor, record
from helpdesk.extensions import Model, db
from helpdesk.manuals.models import last_sections
from helpdesk.manuals.sample import SAMPLE, sample_sections
from helpdesk.masking import ERASED
from helpdesk.tickets.joinings import Joining
from helpdesk.tickets.kinds import Intent, Verdict
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from helpdesk.triage.acts import TriageAct
from helpdesk.triage.apart import train_apart
from helpdesk.triage.examples import EXAMPLES, shipped_examples, text_of
from helpdesk.triage.learning import NOTHING_LEARNED, READ, Example, Learned, Need, digest
from helpdesk.triage.models import Decision, active_rules

DECISIONS_MAX = 2_000
VERSIONS_KEPT = 20
DECISION_WEIGHT = 2.0
"""What an agent decided here counts more than what was written beforehand for everybody."""


class TriageModel(Model):
    """One version of what was learned; one is active."""

    __tablename__ = "triage_models"

    id: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    last_decision_id: Mapped[int]
    examples: Mapped[int]
    decisions: Mapped[int]
    digest: Mapped[str]
    shipped_digest: Mapped[str]
    active: Mapped[bool]
    learned: Mapped[bytes] = mapped_column(deferred=True)

    def activate(self, by: Actor) -> None:
        """Suggest with this version from now on."""
        db.session.execute(db.update(TriageModel).where(TriageModel.id != self.id).values(active=False))
        self.active = True
        record(by, TriageAct.model_activated, self, digest=self.digest[:12])


def learn(by: Actor) -> TriageModel:
    """Make a version from all that is known now and use it; the active one where nothing changed."""
    db.session.execute(_ONE_AT_A_TIME)
    now, last = clock.now(), db.session.scalar(select(func.max(Decision.id))) or 0
    decided, shipped = decided_examples(last, now), shipped_examples()
    learned = _trained(shipped, decided)
    made = digest(learned.plain())
    active = active_model()
    if active is not None and active.digest == made:
        active.last_decision_id, active.made_at = last, now
        return active
    model = TriageModel(
        made_at=now,
        made_by=by.name,
        last_decision_id=last,
        examples=len(shipped),
        decisions=len(decided),
        digest=made,
        shipped_digest=shipped_digest(),
        active=False,
        learned=learned.packed(),
    )
    db.session.add(model)
    db.session.flush()
    record(by, TriageAct.learned, model, examples=len(shipped), decisions=len(decided), digest=made[:12])
    model.activate(by)
    old = select(TriageModel.id).order_by(TriageModel.id.desc()).offset(VERSIONS_KEPT)
    db.session.execute(delete(TriageModel).where(TriageModel.id.in_(old), ~TriageModel.active))
    return model


def learn_anew(by: Actor) -> TriageModel:
    """Forget every version that learned from decisions, and learn from what is left: what was erased is in none."""
    db.session.execute(_ONE_AT_A_TIME)
    db.session.execute(delete(TriageModel).where(TriageModel.decisions > 0))
    return learn(by)


def learn_if_new(by: Actor) -> TriageModel | None:
    """Learn where agents decided something since the newest version, or a release brought other examples.

    A version taken back stays in use until then.
    """
    newest = db.session.scalar(select(TriageModel).order_by(TriageModel.id.desc()).limit(1))
    last = db.session.scalar(select(func.max(Decision.id))) or 0
    shipped = shipped_digest()
    if newest is not None and newest.last_decision_id >= last and newest.shipped_digest == shipped:
        return None
    return learn(by)


def made_again(model: TriageModel) -> str:
    """The digest of this version made anew from the examples that ship today and the decisions up to its last."""
    decided = decided_examples(model.last_decision_id, model.made_at)
    return digest(_trained(shipped_examples(), decided).plain())


def _trained(shipped: Sequence[Example], decided: Sequence[Example]) -> Learned:
    """From both, with the rules in force and the sections that they are labelled with."""
    sample = {section.key: section for section in sample_sections()}
    keys = {example.section for example in decided if example.section} - sample.keys()
    sections = [*sample.values(), *(section.as_section() for section in last_sections(sorted(keys)))]
    rules = [rule.as_rule() for rule in active_rules()]
    return train_apart([*shipped, *decided], rules, sections)


def active_model() -> TriageModel | None:
    return db.session.scalar(select(TriageModel).where(TriageModel.active).order_by(TriageModel.id.desc()).limit(1))


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('triage.learn'))")
ACTIVE = select(TriageModel.id).where(TriageModel.active).order_by(TriageModel.id.desc()).limit(1)
"""The active version's number, as a part of other statements."""


def shipped_digest() -> str:
    """Of what a release brings to learn with: its examples, the manual they are labelled with, and how it learns."""
    return digest(EXAMPLES.read_bytes() + SAMPLE.read_bytes() + version("helpdesk").encode())


def learned_of(number: int | None) -> Learned:
    """What a version learned; nothing before the first."""
    if number is None:
        return NOTHING_LEARNED
    content = db.session.scalar(select(TriageModel.learned).where(TriageModel.id == number))
    return Learned.unpacked(content) if content else NOTHING_LEARNED


def decided_examples(last_decision_id: int, as_of: datetime) -> Sequence[Example]:
    """The last decision a person made on each of the newest tickets, without those contested by then."""
    later = aliased(Decision)
    newest = ~(
        select(later.id).where(
            later.ticket_id == Decision.ticket_id, later.id > Decision.id, later.id <= last_decision_id
        )
    ).exists()
    # of a ticket that was merged or split nobody knows which words were decided on
    joined = select(Joining.id).where(Joining.undone_at.is_(None), Joining.with_ticket(Ticket.id)).exists()
    first = (
        select(func.left(Message.body, READ * 2))
        .where(Message.ticket_id == Ticket.id)
        .order_by(Message.id)
        .limit(1)
        .correlate(Ticket)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Ticket.subject, first, Ticket.intent, Decision.verdict, Decision.section_keys)
        .join(Ticket, Ticket.id == Decision.ticket_id)
        .where(Decision.id <= last_decision_id, newest, ~Decision.automatic, ~joined, Ticket.subject != ERASED)
        .where(or_(Decision.contested_at.is_(None), Decision.contested_at > as_of))
        .order_by(Decision.id.desc())
        .limit(DECISIONS_MAX)
    ).all()
    return [
        Example(text_of(subject, body or ""), _need(verdict, intent), (keys or [None])[0], DECISION_WEIGHT)
        for subject, body, intent, verdict, keys in reversed(rows)
    ]


def _need(verdict: Verdict, intent: Intent) -> Need:
    """What a person's decision says that a text needed; in scope tells that no section answered it."""
    if intent == Intent.notice:
        return Need.notice
    return {Verdict.manual_reference: Need.how, Verdict.out_of_scope: Need.foreign}.get(verdict, Need.look)
