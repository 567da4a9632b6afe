"""Alert mails become tickets, repeats become occurrences, reports meet their due time (R10-R13, R20)."""

import re
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from helpdesk.alerts.models import alert_of
from helpdesk.console.values import Severity
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Priority, Queue
from tests.conftest import TUESDAY_NOON, Cast
from tests.making import SHA, TEXT, a_list, alert_events_of, an_alert, reported


def test_the_facts_of_the_mail_are_on_the_ticket(cast: Cast) -> None:
    ticket = an_alert(cast.acme)
    (one,) = alert_events_of(alert_of(ticket))
    assert (one.computer, one.user, one.sha256, one.file_name) == ("PC-1", "u", SHA, "bad.exe")
    assert (ticket.severity, ticket.priority, ticket.queue) == (Severity.high, Priority.high, Queue.alerts)
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert SHA in page
    assert "PC-1" in page


def test_a_repeat_joins_the_unreported_ticket_and_spreads(cast: Cast) -> None:
    first = an_alert(cast.acme)
    again = an_alert(cast.acme, TEXT.replace("PC-1", "PC-2").replace("High", "Critical"))
    assert again.id == first.id
    assert [o.computer for o in alert_events_of(alert_of(first))] == ["PC-1", "PC-2"]
    assert (alert_of(first).mails, first.severity, first.priority) == (2, Severity.critical, Priority.urgent)


def test_other_files_other_customers_and_reported_alerts_get_tickets_of_their_own(cast: Cast) -> None:
    first = an_alert(cast.acme)
    assert an_alert(cast.contact("charlie").customer).id != first.id
    assert an_alert(cast.acme, TEXT.replace(SHA, "cd" * 32)).id != first.id
    reported(first, cast.user("dana"), cast.contact("alice"))
    assert an_alert(cast.acme).id != first.id


def test_an_unknown_layout_is_still_a_ticket(cast: Cast) -> None:
    ticket = an_alert(cast.acme, "まったく別の形式")
    assert not alert_of(ticket).recognised
    assert "このメールの形式は未知" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text


def test_a_report_by_mail_reaches_the_alert_contact_and_meets_the_due_time(
    cast: Cast, at: Callable[[str], datetime]
) -> None:
    at(TUESDAY_NOON)
    ticket = an_alert(cast.acme)
    alert = reported(ticket, cast.user("dana"), cast.contact("alice"))
    notice = db.session.scalar(select(Notice).order_by(Notice.id.desc()))
    assert notice is not None
    assert notice.to_address == "alice@acme.example"
    assert (alert.reported_by, alert.reported_to, ticket.answered_in_time) == ("田中 健一", "小林 由佳", True)


def test_reporting_in_the_browser_proposes_the_action(cast: Cast) -> None:
    ticket = an_alert(cast.acme)
    a_list(cast.acme)
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}/report").text
    assert SHA in page
    assert re.search(r'checked[^>]*value="quarantine:guid-1"', page)
    form = {
        "contact": cast.contact("alice").id,
        "way": "mail",
        "words": "ご報告",
        "action": "quarantine:guid-1",
        "reason": "",
    }
    cast.dana.post(f"/desk/tickets/{ticket.reference}/report", form)
    assert "このファイルを隔離してよろしいですか" in cast.alice.get(f"/portal/tickets/{ticket.reference}").text


def test_alerts_are_seen_by_alert_contacts_and_administrators_only(cast: Cast) -> None:
    url = f"/portal/tickets/{an_alert(cast.acme).reference}"
    assert [cast.signed_in(cast.user(n)).get(url).status_code for n in ("alice", "bob", "carol", "charlie")] == [
        200,
        200,
        404,
        404,
    ]
