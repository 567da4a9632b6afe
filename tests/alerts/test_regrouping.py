"""Split and merge put wrongly correlated alerts right; what is due runs from the earliest mail (R11, R12)."""

from collections.abc import Callable
from datetime import datetime

import pytest

from helpdesk.alerts.alert_events import computers_of
from helpdesk.alerts.models import alert_of
from helpdesk.alerts.regrouping import merge, split
from helpdesk.alerts.reporting import Telling, report
from helpdesk.console.values import Severity
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets.kinds import Priority
from tests.conftest import Cast
from tests.making import SHA, alert_events_of, an_alert, reported

OTHER = "cd" * 32


def mail(computer: str, sha256: str = SHA, severity: str = "Medium", event: str = "Threat Detected") -> str:
    return f"Event Type: {event}\nComputer: {computer}\nSHA-256: {sha256}\nSeverity: {severity}\n"


def test_split_gives_computers_a_linked_ticket_due_from_their_mail(cast: Cast, at: Callable[[str], datetime]) -> None:
    at("2026-11-24T12:00:00+09:00")
    ticket = an_alert(cast.acme, mail("PC-1"))
    at("2026-11-25T12:00:00+09:00")
    an_alert(cast.acme, mail("PC-2", event="Executed malware"))
    assert ticket.priority == Priority.urgent
    fresh = split(alert_of(ticket), {"pc-2"}, cast.user("dana"))
    db.session.commit()
    assert fresh.first_due_at is not None and ticket.first_due_at is not None
    assert fresh.first_due_at.isoformat() == "2026-11-27T08:00:00+00:00"
    assert ticket.first_due_at.isoformat() == "2026-11-26T08:00:00+00:00"
    assert set(computers_of(alert_of(ticket))) == {"pc-1"}
    assert set(computers_of(alert_of(fresh))) == {"pc-2"}
    assert fresh.priority == Priority.urgent
    assert an_alert(cast.acme, mail("PC-3")).id == ticket.id, "what comes later still joins the first"


def test_split_takes_some_but_not_all(cast: Cast) -> None:
    ticket = an_alert(cast.acme, mail("PC-1"))
    for names in ({"PC-1"}, {"PC-9"}, set()):
        with pytest.raises(Refusal):
            split(alert_of(ticket), names, cast.user("dana"))


def test_merge_moves_everything_and_keeps_the_earlier_due_time(cast: Cast, at: Callable[[str], datetime]) -> None:
    at("2026-11-24T12:00:00+09:00")
    first = an_alert(cast.acme, mail("PC-1"))
    at("2026-11-25T12:00:00+09:00")
    second = an_alert(cast.acme, mail("PC-2", OTHER, severity="Critical"))
    merge(alert_of(first), alert_of(second), cast.user("dana").actor())
    db.session.commit()
    assert first.closed and not second.closed
    assert second.first_due_at is not None
    assert second.first_due_at.isoformat() == "2026-11-26T08:00:00+00:00"
    assert len(alert_events_of(alert_of(second))) == 2
    assert set(computers_of(alert_of(second))) == {"pc-1", "pc-2"}
    assert (second.severity, alert_of(second).mails) == (Severity.critical, 2)
    assert an_alert(cast.acme, mail("PC-1")).id not in (first.id,), "the emptied ticket takes nothing any more"
    with pytest.raises(Refusal):
        report(cast.user("dana"), alert_of(first), Telling(cast.contact("alice"), "x"))


def test_never_across_customers_and_never_after_the_report(cast: Cast) -> None:
    ours, theirs = an_alert(cast.acme, mail("PC-1")), an_alert(cast.contact("charlie").customer, mail("PC-1"))
    with pytest.raises(Refusal):
        merge(alert_of(ours), alert_of(theirs), cast.user("dana").actor())
    with pytest.raises(Refusal):
        merge(alert_of(ours), alert_of(ours), cast.user("dana").actor())
    other = an_alert(cast.acme, mail("PC-1", OTHER))
    reported(ours, cast.user("dana"), cast.contact("alice"))
    for one, into in ((ours, other), (other, ours)):
        with pytest.raises(Refusal):
            merge(alert_of(one), alert_of(into), cast.user("dana").actor())


def test_the_desk_sees_the_key_and_regroups_in_the_browser(cast: Cast) -> None:
    first = an_alert(cast.acme, mail("PC-1") + "\n" + mail("PC-2"))
    second = an_alert(cast.acme, mail("PC-3", OTHER))
    page = cast.dana.get(f"/desk/tickets/{first.reference}/events").text
    assert f"file:{SHA}" in page
    assert second.reference in page
    split_url = f"/desk/tickets/{first.reference}/split"
    assert cast.dana.post(split_url, {"computer": "PC-2"}).status_code == 302
    answer = cast.dana.post(f"/desk/tickets/{second.reference}/merge", {"into": first.reference})
    assert answer.status_code == 302
    assert set(computers_of(alert_of(first))) == {"pc-1", "pc-3"}
    theirs = an_alert(cast.contact("charlie").customer, mail("PC-1"))
    assert cast.dana.post(f"/desk/tickets/{first.reference}/merge", {"into": theirs.reference}).status_code == 409


def test_what_comes_of_a_merged_file_goes_where_it_was_merged(cast: Cast) -> None:
    first, second = an_alert(cast.acme, mail("PC-1")), an_alert(cast.acme, mail("PC-2", OTHER))
    merge(alert_of(first), alert_of(second), cast.user("dana").actor())
    db.session.commit()
    assert an_alert(cast.acme, mail("PC-3")).id == second.id
    assert set(computers_of(alert_of(second))) == {"pc-1", "pc-2", "pc-3"}
    third = an_alert(cast.acme, mail("PC-9", "ef" * 32))
    merge(alert_of(second), alert_of(third), cast.user("dana").actor())
    db.session.commit()
    assert an_alert(cast.acme, mail("PC-4")).id == third.id
    reported(third, cast.user("dana"), cast.contact("alice"))
    news = an_alert(cast.acme, mail("PC-5"))
    assert news.id not in (first.id, second.id, third.id), "after a report what is new is due by itself"
    assert an_alert(cast.acme, mail("PC-6")).id == news.id


def test_any_open_alert_can_be_merged_into_by_its_number(cast: Cast) -> None:
    first, second = an_alert(cast.acme, mail("PC-1")), an_alert(cast.acme, mail("PC-2", OTHER))
    wide = second.reference.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789-"})
    url = f"/desk/tickets/{first.reference}/merge"
    assert cast.dana.post(url, {"into": "", "number": "2611-9999"}).status_code == 409
    assert cast.dana.post(url, {"into": "", "number": wide}).status_code == 302
    assert first.closed
