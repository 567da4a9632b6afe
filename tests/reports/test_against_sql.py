"""Figures of generated months against an independent count in SQL: leap days, year ends, borders of the zone (R30)."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from helpdesk.alerts.models import Alert, alert_of
from helpdesk.alerts.regrouping import merge
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.reports.figures import figures_of
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.rows import period_of, read_month
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import Verdict
from helpdesk.tickets.models import Ticket
from helpdesk.triage.deciding import contest, decide
from tests.conftest import Cast
from tests.making import TEXT, an_alert, an_inquiry, reported

LOCAL = "to_char({0} AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM') = :month"
IN_MONTH = f"t.customer_id = :customer AND {LOCAL.format('t.opened_at')}"
ALERTS = f"FROM tickets t JOIN alerts a ON a.ticket_id = t.id WHERE {IN_MONTH} AND a.merged_into_id IS NULL"
INQUIRIES = f"FROM tickets t WHERE {IN_MONTH} AND t.kind = 'inquiry'"
COUNTS = {
    "alerts.tickets": f"SELECT count(*) {ALERTS}",
    "alerts.by_severity.high": f"SELECT count(*) {ALERTS} AND t.severity = 'High'",
    "alerts.by_severity.low": f"SELECT count(*) {ALERTS} AND t.severity = 'Low'",
    "alerts.reported_in_time": f"SELECT count(*) {ALERTS} AND a.reported_at <= t.first_due_at",
    "alerts.reported_late": f"SELECT count(*) {ALERTS} AND a.reported_at > t.first_due_at",
    "alerts.false_positive": f"SELECT count(*) {ALERTS} AND a.false_positive_at IS NOT NULL",
    "alerts.received_mails": "SELECT count(DISTINCT r.mail) FROM alert_arrivals r JOIN alerts a ON a.id = r.alert_id "
    f"WHERE r.customer_id = :customer AND r.source = 'mail' AND {LOCAL.format('r.at')}",
    "inquiries.opened": f"SELECT count(*) {INQUIRIES}",
    "inquiries.by_verdict.out_of_scope": f"SELECT count(*) {INQUIRIES} AND t.verdict_decided "
    "AND t.verdict = 'out_of_scope'",
    "inquiries.contested": "SELECT count(DISTINCT t.id) FROM decisions d JOIN tickets t ON t.id = d.ticket_id "
    f"WHERE t.customer_id = :customer AND {LOCAL.format('d.contested_at')}",
    "first_answer.in_time": f"SELECT count(*) {INQUIRIES} AND t.first_responded_at <= t.first_due_at",
    # open when the month ended: by the last thing that happened to it before
    "open.at_end": "SELECT count(*) FROM tickets t WHERE t.customer_id = :customer AND t.opened_at < :end AND "
    "coalesce((SELECT e.act FROM audit_events e WHERE e.subject_kind = 'tickets' AND e.subject_id = t.id "
    "AND e.act IN ('ticket.closed', 'ticket.reopened') AND e.at < :end ORDER BY e.id DESC LIMIT 1), '') "
    "<> 'ticket.closed'",
}


@pytest.mark.parametrize("first", ["2026-12", "2028-02", "2027-04"])
def test_figures_equal_an_independent_count(cast: Cast, at: Callable[[str], datetime], first: str) -> None:
    """Two months of tickets of two customers, half of them near a border of month or day."""
    rng = random.Random(first)
    months = [ReportMonth.read(first), ReportMonth.read(first).after()]
    people = [cast.contact("alice"), cast.contact("charlie")]
    moments = sorted(_moment(rng, rng.choice(months)) for _n in range(60))
    for number, moment in enumerate(moments):
        at(moment.isoformat())
        _happens(rng, cast, rng.choice(people), number)
    at((months[1].span(current_calendar().hours.zone)[1] + timedelta(days=20)).isoformat())
    seen = 0
    for person in people:
        for month in months:
            asked = {"customer": person.customer_id, "month": str(month), "end": period_of(person.customer, month).end}
            counted = {figure.key: figure.value for figure in figures_of(read_month(period_of(person.customer, month)))}
            truth = {key: db.session.scalar(text(query), asked) for key, query in COUNTS.items()}
            assert {key: counted[key] for key in COUNTS} == truth, (person.name, str(month))
            seen += sum(truth.values())
    assert seen > 100, "the months were busy"


def _moment(rng: random.Random, month: ReportMonth) -> datetime:
    start, end = month.span(current_calendar().hours.zone)
    if rng.random() < 0.5:
        border = rng.choice([start, end - timedelta(minutes=1), start + timedelta(hours=rng.choice([9, 15, 23]))])
        return (border + timedelta(minutes=rng.choice([-1, 0, 1]))).astimezone(UTC)
    return start + timedelta(minutes=rng.randrange(int((end - start).total_seconds()) // 60))


def _happens(rng: random.Random, cast: Cast, person: Contact, number: int) -> None:
    """Something comes, and something becomes of what came before."""
    if rng.random() < 0.5:
        severity = rng.choice(["High", "Low", "Critical"])
        an_alert(person.customer, TEXT.replace("ab" * 32, f"{number:064d}").replace("High", severity))
    else:
        an_inquiry(person)
    rows = db.session.query(Ticket).filter(Ticket.customer_id == person.customer_id).all()
    for ticket in rng.sample(rows, min(4, len(rows))):
        try:
            with db.session.begin_nested():
                rng.choice(_ACTS)(cast, ticket, person)
        except Refusal:
            continue
    db.session.commit()


def _report(cast: Cast, ticket: Ticket, person: Contact) -> None:
    reported(ticket, cast.user("dana"), person)


def _false(cast: Cast, ticket: Ticket, _person: Contact) -> None:
    alert_of(ticket).mark_false_positive(cast.user("dana"), "harmless tool")


def _merge(cast: Cast, ticket: Ticket, _person: Contact) -> None:
    other = db.session.query(Alert).filter(Alert.customer_id == ticket.customer_id).order_by(Alert.id.desc()).first()
    if other is not None:
        merge(alert_of(ticket), other, cast.user("dana").actor())


def _answer(cast: Cast, ticket: Ticket, _person: Contact) -> None:
    reply(ticket, cast.user("dana"), "お答えします。")


def _refuse(cast: Cast, ticket: Ticket, _person: Contact) -> None:
    if ticket.kind == "inquiry":
        decide(ticket, cast.user("dana"), Verdict.out_of_scope, "", answer="対象外です。")


def _contest(_cast: Cast, ticket: Ticket, person: Contact) -> None:
    contest(ticket, person.as_actor(), "")


def _close(cast: Cast, ticket: Ticket, _person: Contact) -> None:
    ticket.close(cast.user("dana").actor(), "")


def _reopen(_cast: Cast, ticket: Ticket, person: Contact) -> None:
    ticket.reopen(person.as_actor(), "", current_calendar(), 480)


_ACTS: list[Callable[[Cast, Ticket, Contact], None]] = [
    _report,
    _false,
    _merge,
    _answer,
    _refuse,
    _contest,
    _close,
    _close,
    _reopen,
]
