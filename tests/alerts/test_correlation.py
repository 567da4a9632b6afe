"""One file is one ticket, storms are occurrences, and what comes after the report follows it (R11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from helpdesk.alerts.correlation import grouped, key_of, worth_telling
from helpdesk.alerts.models import alert_of
from helpdesk.alerts.reading import read_alert
from helpdesk.alerts.receiving import receive_alerts
from helpdesk.console.values import ConsoleEvent
from helpdesk.extensions import db
from helpdesk.tickets.links import LinkKind, TicketLink
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.making import SHA, TEXT, alert_events_of, an_alert, an_incoming, reported

OTHER = "cd" * 32


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (ConsoleEvent(sha256=SHA.upper(), computer="PC-1"), f"file:{SHA}"),
        (ConsoleEvent(computer="PC-1", detection="W32.X"), "host:pc-1:w32.x"),
        (ConsoleEvent(computer="PC-1", event_type="Cloud IOC"), "host:pc-1:cloud ioc"),
        (ConsoleEvent(computer="PC-1"), None),
        (ConsoleEvent(), None),
    ],
)
def test_what_decides_the_ticket(event: ConsoleEvent, key: str | None) -> None:
    assert key_of(event) == key


EVENTS = st.builds(ConsoleEvent, sha256=st.sampled_from([None, SHA, OTHER]), computer=st.sampled_from([None, "a", "b"]))


@given(st.lists(EVENTS, max_size=12))
def test_no_event_is_lost_or_doubled(events: list[ConsoleEvent]) -> None:
    groups = grouped(events)
    assert sum(len(group) for _key, group in groups) == len(events)
    keys = [key for key, _group in groups]
    assert len(keys) == len(set(keys)) >= 1


def test_the_timeline_is_told_ever_more_rarely() -> None:
    assert [n for n in range(1, 2001) if worth_telling(n)] == [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]


def tickets() -> list[Ticket]:
    return list(db.session.scalars(select(Ticket).order_by(Ticket.id)))


def test_two_files_in_one_mail_are_two_tickets_side_by_side(cast: Cast) -> None:
    an_alert(cast.acme, f"{TEXT}\n{TEXT.replace(SHA, OTHER)}")
    assert [alert_of(ticket).sha256 for ticket in tickets()] == [SHA, OTHER]
    assert db.session.scalars(select(TicketLink.kind)).all() == [LinkKind.related]


def test_without_a_file_the_computer_and_what_was_seen_decide(cast: Cast) -> None:
    text = "Computer: PC-1\nEvent Type: Cloud IOC\nSeverity: Medium\n"
    first = an_alert(cast.acme, text)
    assert an_alert(cast.acme, text).id == first.id
    assert an_alert(cast.acme, text.replace("PC-1", "PC-2")).id != first.id


def test_after_the_report_a_new_ticket_follows_with_its_own_due_time(cast: Cast) -> None:
    first = an_alert(cast.acme)
    reported(first, cast.user("dana"), cast.contact("alice"))
    second = an_alert(cast.acme)
    assert second.id != first.id
    assert second.due_at is not None
    found = db.session.scalars(select(TicketLink)).one()
    assert (found.ticket_id, found.other_id, found.kind) == (second.id, first.id, LinkKind.follows)
    assert an_alert(cast.acme).id == second.id


def test_a_storm_is_occurrences_and_not_messages(cast: Cast) -> None:
    """Three files on twenty computers, in any order: three tickets, every computer in the spread (P8 in small)."""
    files = [SHA, OTHER, "ef" * 32]
    for number in range(60):
        text = TEXT.replace("PC-1", f"PC-{number // 3}").replace(SHA, files[number % 3])
        an_alert(cast.acme, text)
    assert len(tickets()) == 3
    for ticket in tickets():
        assert len({one.computer for one in alert_events_of(alert_of(ticket))}) == 20
        assert alert_of(ticket).mails == 20
        assert db.session.scalar(select(func.count()).where(Message.ticket_id == ticket.id)) == 5


def test_mails_that_came_together_are_placed_together(cast: Cast) -> None:
    """One batch: each file's ticket, in the order of the mails; the first file of each mail leads its other tickets."""
    texts = [
        TEXT,
        TEXT.replace("PC-1", "PC-2").replace(SHA, OTHER) + "\n" + TEXT.replace("PC-1", "PC-2"),
        *(TEXT.replace("PC-1", f"PC-{number}") for number in range(3, 11)),
    ]
    strange = "Computer: PC-1\nEvent Type: Cloud IOC\n"
    told = [an_incoming(cast.acme, text) for text in texts] + [an_incoming(None, strange), an_incoming(None, strange)]
    found = receive_alerts(told)
    db.session.commit()
    first, other = found[0], found[1]
    assert [one.id for one in found[2:10]] == [first.id] * 8
    assert first.id < other.id
    assert {one.computer for one in alert_events_of(alert_of(first))} == {f"PC-{n}" for n in range(1, 11)}
    assert alert_of(first).mails == 10
    assert {one.computer for one in alert_events_of(alert_of(other))} == {"PC-2"}
    assert db.session.scalar(select(func.count()).where(Message.ticket_id == first.id)) == 5
    tied = db.session.scalars(select(TicketLink)).one()
    assert (tied.ticket_id, tied.other_id, tied.kind) == (first.id, other.id, LinkKind.related)
    assert found[10].id != found[11].id, "without a customer nothing is known to be the same"


def test_alerts_never_join_across_customers(cast: Cast) -> None:
    assert an_alert(cast.acme).id != an_alert(cast.contact("charlie").customer).id


def test_a_mail_nobody_can_read_is_one_group() -> None:
    assert grouped(read_alert("x", "?").events)[0][0] is None
