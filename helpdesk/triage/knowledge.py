"""What inquiries are received with as it stands: hours, rules, manuals, what was learned. Built once while it stays so.

One statement tells whether it still does; every inquiry asks it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Text, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from helpdesk.calendar.models import Calendar, calendar_of, newest_version
from helpdesk.extensions import db
from helpdesk.manuals.index import Index
from helpdesk.manuals.models import VERSIONS_IN_FORCE, index_of, today
from helpdesk.triage.assessment import Knowledge, assess
from helpdesk.triage.learning import Learned
from helpdesk.triage.lessons import ACTIVE, learned_of
from helpdesk.triage.models import ScopeRule, active_rules
from helpdesk.triage.rules import Rule


@dataclass(frozen=True)
class TriageContext:
    """Hours, what assessments go by, and the version of what was learned."""

    calendar: Calendar
    known: Knowledge
    model_id: int | None

    def knowing(self, rules: Sequence[Rule]) -> Knowledge:
        """The same with other rules."""
        return replace(self.known, rules=rules)


def triage_context() -> TriageContext:
    """As it stands; a batch of mails shares one."""
    row = db.session.execute(_AS_IT_STANDS, today()).one()
    manuals = tuple((number, version) for number, version in row.manuals or ())
    known = _known(row.rules, manuals, row.model)
    return TriageContext(calendar_of(row.calendar), known, row.model)


def current_places() -> Knowledge:
    """What places in manuals are found by."""
    return triage_context().known


@lru_cache(maxsize=2)
def _known(written: str | None, manuals: tuple[tuple[int, int], ...], model_id: int | None) -> Knowledge:
    known = Knowledge(_rules(written), _index(manuals), _learned(model_id))
    assess("", "", known)  # what is derived once is derived now
    return known


@lru_cache(maxsize=2)
def _rules(_written: str | None) -> tuple[Rule, ...]:
    return tuple(rule.as_rule() for rule in active_rules())


@lru_cache(maxsize=2)
def _index(manuals: tuple[tuple[int, int], ...]) -> Index:
    return index_of([number for number, _version in manuals])


@lru_cache(maxsize=2)
def _learned(model_id: int | None) -> Learned:
    return learned_of(model_id)


def _as_it_stands() -> Select[*tuple[Any, ...]]:
    """One row: `calendar`, `model`, `rules` (all, each with the transaction that wrote it), `manuals` (id, version)."""
    written = func.concat(ScopeRule.id, ":", cast(literal_column("scope_rules.xmin"), Text))
    rules = select(func.string_agg(written, aggregate_order_by(literal_column("' '"), ScopeRule.id)))
    manuals = VERSIONS_IN_FORCE.subquery()
    pairs = func.json_agg(aggregate_order_by(func.json_build_array(manuals.c.id, manuals.c.version), manuals.c.id))
    return select(
        newest_version().scalar_subquery().label("calendar"),
        ACTIVE.scalar_subquery().label("model"),
        rules.scalar_subquery().label("rules"),
        select(pairs).scalar_subquery().label("manuals"),
    )


_AS_IT_STANDS = _as_it_stands()
