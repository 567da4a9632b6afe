"""How well triage does: suggestions confirmed, answers contested by rule and section, tickets avoided."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, literal_column, select, true, type_coerce
from sqlalchemy.orm import aliased

from helpdesk import clock
from helpdesk.extensions import db
from helpdesk.tickets.kinds import Verdict
from helpdesk.triage.models import Decision, TicketAssessment
from helpdesk.triage.shown_places import avoided

DAYS = 90
OFTEN_PERCENT = 20


@dataclass(frozen=True)
class ContestRate:
    """How often something answered, and how often the customer wanted a person instead."""

    key: str
    used: int
    contested: int

    @property
    def percent(self) -> int:
        return round(100 * self.contested / self.used) if self.used else 0

    @property
    def often_contested(self) -> bool:
        return self.percent >= OFTEN_PERCENT


@dataclass(frozen=True)
class Figures:
    """Of the last 90 days. `told` counts (suggested, decided) verdicts; `automatic` answers went out by themselves."""

    told: dict[tuple[Verdict, Verdict], int]
    rules: dict[str, ContestRate]
    sections: list[ContestRate]
    automatic: ContestRate
    shown_places: dict[str, int]

    @property
    def decided(self) -> int:
        return sum(self.told.values())

    @property
    def confirmed(self) -> int:
        return sum(count for (suggested, decided), count in self.told.items() if suggested == decided)


def figures() -> Figures:
    """Five statements over the decisions of 90 days."""
    since = clock.now() - timedelta(days=DAYS)
    automatic = db.session.execute(_rated(since).where(Decision.automatic)).one()
    return Figures(_told(since), rule_rates(), _sections(since), ContestRate("", *automatic), avoided(since))


def rule_rates() -> dict[str, ContestRate]:
    """Answers and contests of the last 90 days by rule."""
    since = clock.now() - timedelta(days=DAYS)
    rows = _rated(since, Decision.rule_key).where(Decision.rule_key.is_not(None)).group_by(Decision.rule_key)
    return {key: ContestRate(key, used, contested) for key, used, contested in db.session.execute(rows)}


def _sections(since: datetime) -> list[ContestRate]:
    """By section, the most contested first."""
    keys = func.jsonb_array_elements_text(Decision.section_keys).table_valued("value").lateral()
    rows = _rated(since, keys.c.value).join(keys, true()).group_by(keys.c.value)
    rows = rows.where(Decision.verdict == Verdict.manual_reference)
    rates = [ContestRate(*row) for row in db.session.execute(rows)]
    return sorted(rates, key=lambda rate: (-rate.contested, -rate.used, rate.key))[:50]


def _rated(since: datetime, *columns: Any) -> Select[*tuple[Any, ...]]:
    contested = func.count().filter(Decision.contested_at.is_not(None))
    answered = Decision.verdict != Verdict.in_scope
    return select(*columns, func.count(), contested).select_from(Decision).where(Decision.at >= since, answered)


def _told(since: datetime) -> dict[tuple[Verdict, Verdict], int]:
    """The suggestion beside each ticket's last decision by a person, which is what is learned from.

    An answer that the customer contests, and nobody decided about again, needed a person: it confirms nothing.
    """
    later = aliased(Decision)
    last = (
        ~select(later.id)
        .where(later.ticket_id == Decision.ticket_id, later.id > Decision.id, ~later.automatic)
        .exists()
    )
    ended = case((Decision.contested_at.is_not(None), literal_column("'in_scope'")), else_=Decision.verdict)
    rows = (
        select(TicketAssessment.verdict, type_coerce(ended, Decision.verdict.type), func.count())
        .join(Decision, Decision.ticket_id == TicketAssessment.ticket_id)
        .where(Decision.at >= since, ~Decision.automatic, last)
        .group_by(TicketAssessment.verdict, ended)
    )
    return {(suggested, decided): count for suggested, decided, count in db.session.execute(rows)}
