"""Merging and splitting inquiries: nobody reads what is not theirs, words find where it goes on, a day to undo."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.calendar.models import current_calendar
from helpdesk.desk.bulk import BulkOutcome, Ticked, ask, outcomes, undo
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.intake.following import follow_up
from helpdesk.notices.models import Notice
from helpdesk.reports.figures import figures_of
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.rows import period_of, read_month
from helpdesk.tickets.answering import reply
from helpdesk.tickets.joining import merge, split, undo_joining
from helpdesk.tickets.joinings import UNDO_FOR, last_joining, where_it_goes_on
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.messages import Message, note
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.mailgate.test_ledger import write
from tests.making import TEXT, an_alert, an_inquiry


@pytest.fixture
def two(cast: Cast) -> list[Ticket]:
    """Two inquiries of Alice's, the first answered."""
    first, second = an_inquiry(cast.contact("alice"), "一つ目"), an_inquiry(cast.contact("alice"), "二つ目")
    reply(first, cast.user("dana"), "お答えします。")
    db.session.commit()
    return [first, second]


def said(ticket: Ticket) -> list[str]:
    return list(db.session.scalars(select(Message.body).where(Message.ticket_id == ticket.id).order_by(Message.id)))


def mails_of(ticket: Ticket) -> list[int]:
    return list(db.session.scalars(select(Notice.id).where(Notice.ticket_id == ticket.id).order_by(Notice.id)))


def test_what_was_said_is_one_thread_and_two_again(cast: Cast, two: list[Ticket]) -> None:
    first, second = two
    dana = cast.user("dana").actor()
    before = [said(ticket) for ticket in two]
    mails = mails_of(first)
    joining = merge(first, second, dana)
    db.session.commit()
    assert said(first) == []
    assert sorted(said(second)) == sorted(before[0] + before[1])
    assert first.closed and not second.closed
    assert last_joining(second) is joining
    undo_joining(joining, dana)
    db.session.commit()
    assert [said(ticket) for ticket in two] == before
    assert not first.closed
    assert mails_of(first) == mails
    with pytest.raises(Refusal):
        undo_joining(joining, dana)


def test_what_is_due_runs_from_the_earlier(cast: Cast, at: Callable[[str], datetime]) -> None:
    at("2026-11-24T10:00:00+09:00")
    first = an_inquiry(cast.contact("alice"))
    at("2026-11-24T12:00:00+09:00")
    second = an_inquiry(cast.contact("alice"))
    later, earlier = second.due_at, first.due_at
    joining = merge(first, second, cast.user("dana").actor())
    assert second.due_at == earlier
    undo_joining(joining, cast.user("dana").actor())
    assert (first.due_at, second.due_at) == (earlier, later)


def test_only_one_persons_inquiries_are_merged(cast: Cast) -> None:
    dana = cast.user("dana").actor()
    made = [an_inquiry(cast.contact(name)) for name in ("alice", "bob", "charlie")]
    made += [an_alert(cast.acme), an_alert(None, TEXT.replace("ab" * 32, "cd" * 32))]
    for ticket, into in permutations(made, 2):
        with pytest.raises(Refusal):
            merge(ticket, into, dana)
    with pytest.raises(Refusal):
        merge(made[0], made[0], dana)
    assert not any(ticket.closed for ticket in made)


def test_into_a_closed_one_or_a_second_time_is_refused(cast: Cast, two: list[Ticket]) -> None:
    dana = cast.user("dana").actor()
    first, second = two
    second.close(dana)
    with pytest.raises(Refusal):
        merge(first, second, dana)
    third = an_inquiry(cast.contact("alice"))
    merge(first, third, dana)
    with pytest.raises(Refusal):
        merge(first, an_inquiry(cast.contact("alice")), dana)
    with pytest.raises(Refusal):
        merge(third, first, dana)


def test_words_to_the_old_number_go_to_the_one_that_goes_on(cast: Cast, two: list[Ticket]) -> None:
    dana, alice = cast.user("dana").actor(), cast.contact("alice")
    first, second = two
    third = an_inquiry(alice, "三つ目")
    merge(first, second, dana)
    merge(second, third, dana)
    db.session.commit()
    assert where_it_goes_on(first).id == third.id
    follow_up(first, alice.as_actor(), "追記です。", channel=Channel.portal)
    db.session.commit()
    assert "追記です。" in said(third)
    assert first.closed
    cast.alice.post(f"/portal/tickets/{first.reference}/messages", {"body": "画面からの追記です。"})
    assert "画面からの追記です。" in said(third)
    write("alice@acme.example", "support@desk.example", f"Re: [受付番号:{first.reference}]", "メールの追記です。")
    assert "メールの追記です。" in " ".join(said(third))
    page = cast.alice.get(f"/portal/tickets/{first.reference}").text
    assert f"/portal/tickets/{third.reference}" in page
    assert "<textarea" not in page


def test_after_a_day_it_stays(cast: Cast, two: list[Ticket], at: Callable[[str], datetime]) -> None:
    joining = merge(*two, cast.user("dana").actor())
    db.session.commit()
    at((clock.now() + UNDO_FOR + timedelta(minutes=1)).isoformat())
    assert last_joining(two[0]) is None
    with pytest.raises(Refusal):
        undo_joining(joining, cast.user("dana").actor())
    with pytest.raises(Refusal):
        two[0].reopen(cast.user("dana").actor(), "", current_calendar(), 10)


def test_a_report_counts_a_merged_one_once(cast: Cast, two: list[Ticket]) -> None:
    def opened() -> int | None:
        month = ReportMonth.read(f"{two[0].opened_at:%Y-%m}")
        figures = {one.key: one for one in figures_of(read_month(period_of(cast.acme, month)))}
        assert all(two[0].reference not in one.tickets for key, one in figures.items() if two[0].merged_into_id)
        return figures["inquiries.opened"].value

    before = opened()
    merge(*two, cast.user("dana").actor())
    db.session.commit()
    assert opened() == (before or 0) - 1


def test_split_off_and_back(cast: Cast, two: list[Ticket], at: Callable[[str], datetime]) -> None:
    first, dana = two[0], cast.user("dana")
    later = at((clock.now() + timedelta(hours=1)).isoformat())
    follow_up(first, cast.contact("alice").as_actor(), "別の質問です。", channel=Channel.portal)
    note(first, dana, "別件")
    db.session.commit()
    numbers = list(db.session.scalars(select(Message.id).where(Message.ticket_id == first.id).order_by(Message.id)))
    before = said(first)
    joining = split(first, numbers[2:], "別の質問", dana.actor())
    db.session.commit()
    fresh = joining.other
    assert said(fresh) == before[2:]
    assert said(first) == before[:2]
    assert (fresh.subject, fresh.requester_id) == ("別の質問", first.requester_id)
    assert abs(fresh.opened_at - later) < timedelta(minutes=1)
    assert cast.alice.get(f"/portal/tickets/{fresh.reference}").text.count("別の質問です。") == 1
    undo_joining(joining, dana.actor())
    db.session.commit()
    assert said(first) == before
    assert fresh.closed
    assert where_it_goes_on(fresh).id == first.id


def test_what_cannot_be_split(cast: Cast, two: list[Ticket]) -> None:
    first, dana = two[0], cast.user("dana").actor()
    numbers = list(db.session.scalars(select(Message.id).where(Message.ticket_id == first.id).order_by(Message.id)))
    foreign = list(db.session.scalars(select(Message.id).where(Message.ticket_id == two[1].id)))
    for chosen in ([], numbers, numbers[:1], numbers[1:], foreign, [0]):
        with pytest.raises(Refusal):
            split(first, chosen, "", dana)
    alert = an_alert(cast.acme)
    with pytest.raises(Refusal):
        split(alert, [1], "", dana)


def test_many_are_merged_and_undone(cast: Cast, two: list[Ticket]) -> None:
    dana, other = cast.user("dana"), an_inquiry(cast.contact("bob"))
    ticked = [Ticked(ticket.reference, ticket.version) for ticket in (*two, other)]
    asked = ask(dana, "merge", two[1].reference, ticked)
    assert outcomes(asked) == {BulkOutcome.pending: 0, BulkOutcome.changed: 1, BulkOutcome.left: 2}
    assert two[0].merged_into_id == two[1].id
    db.session.commit()
    assert outcomes(undo(dana, asked.id))[BulkOutcome.changed] == 1
    assert two[0].merged_into_id is None


def test_on_the_ticket(cast: Cast, two: list[Ticket]) -> None:
    first, second = two
    dana, url = cast.dana, f"/desk/tickets/{first.reference}"
    assert dana.post(f"{url}/tags", {"tag": "#至急"}).status_code == 302
    assert "#至急" in dana.get(url).text
    assert "#至急" not in cast.alice.get(f"/portal/tickets/{first.reference}").text
    assert dana.post(f"{url}/snooze", {"snooze": "opening"}).status_code == 302
    assert dana.post(f"{url}/waking").status_code == 302
    assert dana.post(f"{url}/state", {"state": "waiting"}).status_code == 302
    assert dana.post(f"{url}/state", {"state": "closed"}).status_code == 409
    assert dana.post(f"{url}/links", {"number": f" [{second.reference}] "}).status_code == 302
    assert dana.post(f"{url}/merging", {"number": "2611-9999"}).status_code == 409
    answer = dana.post(f"{url}/merging", {"number": second.reference})
    assert answer.location == f"/desk/tickets/{second.reference}"
    page = dana.get(url).text
    assert f'/desk/tickets/{second.reference}"' in page
    assert dana.post(f"/desk/tickets/{second.reference}/joining/undoing").location == url
    assert dana.post(f"/desk/tickets/{second.reference}/joining/undoing").status_code == 409
    first.close(cast.user("dana").actor())
    db.session.commit()
    assert dana.post(f"{url}/notes", {"body": "完了後のメモ"}).status_code == 302
    assert "完了後のメモ" in dana.get(url).text
