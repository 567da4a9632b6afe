"""Figures of a month against an independent count: plain SQL over the tables, and what a person would say (R30)."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from helpdesk import clock
from helpdesk.actions.models import ActionKind
from helpdesk.alerts.models import Alert, alert_of
from helpdesk.alerts.regrouping import merge, split
from helpdesk.alerts.reporting import reports_of, take_back
from helpdesk.calendar.models import current_calendar
from helpdesk.customers.models import Contact
from helpdesk.demo.console_state import Console
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.reports.figures import Figure, figures_of
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.rows import period_of, read_month
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import Verdict
from helpdesk.triage.deciding import contest, decide
from tests.conftest import Cast, Command
from tests.incident import approve, proposed, run
from tests.making import TEXT, an_alert, an_inquiry, reported

OCTOBER = ReportMonth(2026, 10)
Move = Callable[[str], datetime]


def figures(contact: Contact, month: ReportMonth = OCTOBER) -> dict[str, Figure]:
    db.session.flush()
    return {figure.key: figure for figure in figures_of(read_month(period_of(contact.customer, month)))}


def test_a_month_without_anything_has_every_figure_and_counts_nothing(cast: Cast) -> None:
    found = figures(cast.contact("alice"))
    assert all(figure.value in (0, None) and not figure.tickets for figure in found.values())
    wanted = {"alerts.received_mails", "alerts.tickets", "alerts.by_severity.high", "alerts.by_week.5"}
    wanted |= {"alerts.reported_in_time", "alerts.reported_late", "alerts.false_positive", "actions.quarantine.done"}
    wanted |= {"inquiries.opened", "inquiries.closed", "inquiries.by_verdict.out_of_scope", "inquiries.contested"}
    wanted |= {"first_answer.median_minutes", "first_answer.in_time", "open.at_end"}
    assert wanted <= found.keys()
    assert {figure.unit for figure in found.values()} == {"count", "minutes", "percent"}


def test_the_month_is_the_service_zone_s(cast: Cast, at: Move) -> None:
    """23:59 on the 31st and 0:00 on the 1st, in Tokyo, are two months, whatever UTC says."""
    at("2026-09-30T23:59:00+09:00")
    an_inquiry(cast.contact("alice"))
    at("2026-10-01T00:00:00+09:00")
    first = an_inquiry(cast.contact("alice"))
    at("2026-10-31T23:59:00+09:00")
    last = an_alert(cast.contact("alice").customer)
    at("2026-11-01T00:00:00+09:00")
    an_alert(cast.contact("alice").customer, TEXT.replace("ab" * 32, "cd" * 32))
    found = figures(cast.contact("alice"))
    assert found["inquiries.opened"].tickets == (first.reference,)
    assert found["alerts.tickets"].tickets == (last.reference,)
    assert found["alerts.by_week.5"].value == 1


def test_reports_are_in_time_late_or_missing(cast: Cast, at: Move) -> None:
    alice = cast.contact("alice")
    at("2026-10-05T10:00:00+09:00")
    tickets = [an_alert(alice.customer, TEXT.replace("ab" * 32, f"{n:02d}" * 32)) for n in range(4)]
    at("2026-10-05T12:00:00+09:00")
    reported(tickets[0], cast.user("dana"), alice)
    came_back = reported(tickets[1], cast.user("dana"), alice)
    at("2026-10-12T12:00:00+09:00")
    reported(tickets[2], cast.user("dana"), alice)
    found = figures(alice)
    assert found["alerts.reported_in_time"].tickets == (tickets[0].reference, tickets[1].reference)
    assert found["alerts.reported_late"].tickets == (tickets[2].reference,)
    assert found["alerts.in_time_percent"].value == 50, "what is due and was not reported is missed"
    # a report that came back is none
    (row,) = reports_of(came_back)
    take_back(row.message.notice)
    found = figures(alice)
    assert found["alerts.reported_in_time"].tickets == (tickets[0].reference,)
    assert found["alerts.not_reported_overdue"].tickets == (tickets[1].reference, tickets[3].reference)


def test_merged_alerts_are_one_and_split_ones_two(cast: Cast, at: Move) -> None:
    alice = cast.contact("alice")
    at("2026-10-05T10:00:00+09:00")
    one = an_alert(alice.customer)
    other = an_alert(alice.customer, TEXT.replace("ab" * 32, "cd" * 32))
    third = TEXT.replace("ab" * 32, "ef" * 32)
    both = an_alert(alice.customer, third + "\n" + third.replace("PC-1", "PC-2"))
    merge(alert_of(other), alert_of(one), cast.user("dana").actor())
    db.session.flush()
    found = figures(alice)
    assert found["alerts.tickets"].tickets == (one.reference, both.reference)
    assert found["alerts.received_mails"].value == 3
    apart = split(alert_of(both), {"PC-2"}, cast.user("dana"))
    found = figures(alice)
    assert found["alerts.tickets"].value == 3
    assert apart.reference in found["alerts.tickets"].tickets
    assert found["alerts.received_mails"].value == 3
    assert found["open.at_end"].value == 3, "the merged ticket is closed"


def test_reopened_and_closed_again_is_completed_once(cast: Cast, at: Move) -> None:
    alice = cast.contact("alice")
    at("2026-10-05T10:00:00+09:00")
    twice, reopened, later = an_inquiry(alice), an_inquiry(alice), an_inquiry(alice)
    at("2026-10-06T10:00:00+09:00")
    for ticket in (twice, reopened, later):
        ticket.close(cast.user("dana").actor(), "")
    at("2026-10-07T10:00:00+09:00")
    for ticket in (twice, reopened):
        ticket.reopen(alice.as_actor(), "", current_calendar(), 480)
    at("2026-10-08T10:00:00+09:00")
    twice.close(cast.user("dana").actor(), "")
    at("2026-11-02T10:00:00+09:00")
    later.reopen(alice.as_actor(), "", current_calendar(), 480)
    reopened.close(cast.user("dana").actor(), "")
    found = figures(alice)
    assert found["inquiries.closed"].tickets == (twice.reference, later.reference)
    assert found["open.at_end"].tickets == (reopened.reference,)
    november = figures(alice, ReportMonth(2026, 11))
    assert november["inquiries.closed"].tickets == (reopened.reference,)
    assert november["open.at_end"].tickets == (later.reference,)


def test_contests_count_in_the_month_they_came_in(cast: Cast, at: Move) -> None:
    alice = cast.contact("alice")
    at("2026-10-30T10:00:00+09:00")
    ticket = an_inquiry(alice)
    decide(ticket, cast.user("dana"), Verdict.out_of_scope, "", answer="対象外です。")
    db.session.flush()
    assert figures(alice)["inquiries.by_verdict.out_of_scope"].tickets == (ticket.reference,)
    at("2026-11-02T10:00:00+09:00")
    contest(ticket, alice.as_actor(), "")
    assert figures(alice)["inquiries.contested"].value == 0
    assert figures(alice, ReportMonth(2026, 11))["inquiries.contested"].tickets == (ticket.reference,)


def test_first_answers_are_counted_in_service_hours(cast: Cast, at: Move) -> None:
    alice = cast.contact("alice")
    spans = (("2026-10-05T16:30", "2026-10-06T09:30"), ("2026-10-09T16:59", "2026-10-13T09:01"))
    for asked, answered in spans:
        at(f"{asked}:00+09:00")
        ticket = an_inquiry(alice)
        at(f"{answered}:00+09:00")
        reply(ticket, cast.user("dana"), "お答えします。")
    found = figures(alice)
    # the clock goes on while the test runs
    assert found["first_answer.median_minutes"].value in (30, 31)
    assert found["first_answer.in_time"].value == 2
    assert found["first_answer.in_time_percent"].value == 100


def test_an_action_counts_by_its_result_when_it_came(cast: Cast, alert: Alert, vendor: Console) -> None:
    alice, month = cast.contact("alice"), ReportMonth.of(current_calendar().hours.local_date(clock.now()))
    action = proposed(cast, alert, ActionKind.quarantine)
    assert figures(alice, month)["actions.quarantine.pending"].tickets == (alert.ticket.reference,)
    approve(cast, action)
    run()
    db.session.expire_all()
    found = figures(alice, month)
    assert (found["actions.quarantine.done"].value, found["actions.quarantine.pending"].value) == (1, 0)
    assert found["actions.allow.done"].value == 0


@pytest.mark.parametrize(
    ("month", "weeks"), [("2028-02", 5), ("2027-02", 4), ("2026-12", 5), ("2026-08", 6), ("2026-11", 6)]
)
def test_weeks_are_the_month_s_own(month: str, weeks: int) -> None:
    found = ReportMonth.read(month).weeks()
    assert len(found) == weeks
    days = [first + timedelta(days=n) for first, last in found for n in range((last - first).days + 1)]
    assert days[0].day == 1 and len(days) == ReportMonth.read(month).last.day == len(set(days))
    assert all(first.weekday() == 0 for first, _last in found[1:])


@pytest.mark.parametrize("text_", ["2026-13", "2026-0", "10/2026", "", "２０２６-１０", "999-01", "2026-10-01"])
def test_what_is_no_month_is_refused(cast: Cast, text_: str) -> None:
    with pytest.raises(Refusal):
        ReportMonth.read(text_)


def test_december_is_followed_by_january() -> None:
    december = ReportMonth(2026, 12)
    assert (str(december.after()), str(december.back(12)), december.last.day) == ("2027-01", "2025-12", 31)


def test_the_command_prints_them_with_their_tickets(cast: Cast, at: Move, command: Command) -> None:
    at("2026-10-05T10:00:00+09:00")
    ticket = an_alert(cast.contact("alice").customer)
    for customer in ("Acme 白樺メディカル株式会社", str(cast.contact("alice").customer_id), "白樺"):
        told = json.loads(command("report", "figures", customer, "2026-10", "--json").stdout)
        assert told["customer"] == cast.contact("alice").customer.name and told["month"] == "2026-10"
        by_key = {figure["key"]: figure for figure in told["figures"]}
        assert by_key["alerts.tickets"] == {
            "key": "alerts.tickets",
            "value": 1,
            "unit": "count",
            "tickets": [ticket.reference],
        }
