"""One change to many tickets: what became of each, undone, stopped, by a worker in portions, by whom."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.calendar.models import current_calendar
from helpdesk.desk import bulk
from helpdesk.desk.bulk import BulkChange, BulkOutcome, Ticked, ask, ask_for_list, left_alone, outcomes, stop, undo
from helpdesk.desk.changing import state_of
from helpdesk.desk.jobs import change_many
from helpdesk.errands import Errand
from helpdesk.errors import NotFound, Refusal
from helpdesk.extensions import db
from helpdesk.reports.rows import closed_at
from helpdesk.tickets.kinds import Priority, TicketState
from helpdesk.tickets.lists import TicketList
from helpdesk.tickets.macros import MacroWords, save_macro
from helpdesk.tickets.models import SNOOZED_FOR_ANSWER, Ticket
from helpdesk.tickets.narrowing import TicketFilter
from helpdesk.tickets.sendings import Sending
from helpdesk.tickets.views import View
from tests.conftest import Cast
from tests.making import an_alert, an_inquiry


@pytest.fixture
def three(cast: Cast) -> list[Ticket]:
    return [an_inquiry(cast.contact("alice")), an_inquiry(cast.contact("bob")), an_alert(cast.acme)]


def ticked(tickets: list[Ticket]) -> list[Ticked]:
    return [Ticked(ticket.reference, ticket.version) for ticket in tickets]


def test_one_that_changed_meanwhile_stays_and_says_who(cast: Cast, three: list[Ticket]) -> None:
    dana, sato = cast.user("dana"), cast.user("sato")
    seen = ticked(three)
    three[1].set_priority(sato.actor(), Priority.high)
    db.session.commit()
    asked = ask(dana, "assign", str(sato.id), seen)
    assert outcomes(asked) == {BulkOutcome.pending: 0, BulkOutcome.changed: 2, BulkOutcome.left: 1}
    (left,) = left_alone(asked, 5)
    assert left.reference == three[1].reference
    assert sato.name in left.why
    assert [ticket.assignee_id for ticket in three] == [sato.id, None, sato.id]


def test_a_refusal_names_its_ticket_and_leaves_the_others_changed(cast: Cast, three: list[Ticket]) -> None:
    dana = cast.user("dana")
    three[0].close(dana.actor())
    asked = ask(dana, "close", "", ticked(three))
    assert outcomes(asked)[BulkOutcome.changed] == 2
    assert [one.reference for one in left_alone(asked, 5)] == [three[0].reference]
    assert all(ticket.closed for ticket in three)


@pytest.mark.parametrize(
    ("act", "value"),
    [
        ("assign", "me"),
        ("state", "waiting"),
        ("priority", "urgent"),
        ("queue", "contracts"),
        ("tag", "年末対応"),
        ("snooze", "opening"),
        ("snooze", "answer"),
        ("close", ""),
    ],
)
def test_every_change_is_undone_to_what_it_was(cast: Cast, three: list[Ticket], act: str, value: str) -> None:
    dana = cast.user("dana")
    before = [state_of(ticket) for ticket in three]
    asked = ask(dana, act, str(dana.id) if value == "me" else value, ticked(three))
    assert outcomes(asked)[BulkOutcome.changed] == 3
    assert [state_of(ticket) for ticket in three] != before
    db.session.commit()
    back = undo(dana, asked.id)
    assert outcomes(back)[BulkOutcome.changed] == 3
    assert [state_of(ticket) for ticket in three] == before
    with pytest.raises(Refusal):
        undo(dana, asked.id)
    with pytest.raises(Refusal):
        undo(dana, back.id)


def test_an_undone_closing_is_no_closing_to_a_report(cast: Cast, three: list[Ticket]) -> None:
    dana = cast.user("dana")
    undo(dana, ask(dana, "close", "", ticked(three)).id)
    db.session.flush()
    assert db.session.scalars(select(Ticket.id).where(closed_at(clock.now() + timedelta(seconds=1)))).all() == []


def test_what_somebody_touched_since_is_not_undone(cast: Cast, three: list[Ticket]) -> None:
    dana = cast.user("dana")
    asked = ask(dana, "priority", "urgent", ticked(three))
    three[2].set_priority(cast.user("sato").actor(), Priority.low)
    db.session.commit()
    back = undo(dana, asked.id)
    assert [one.reference for one in left_alone(back, 5)] == [three[2].reference]
    assert three[2].priority == Priority.low


@pytest.mark.parametrize(
    ("act", "value"),
    [("", ""), ("state", "closed"), ("priority", ""), ("queue", "zz"), ("tag", " # "), ("undo", ""), ("snooze", "")],
)
def test_what_is_no_change_is_refused(cast: Cast, three: list[Ticket], act: str, value: str) -> None:
    with pytest.raises(Refusal):
        ask(cast.user("dana"), act, value, ticked(three))
    with pytest.raises(Refusal):
        ask(cast.user("dana"), "close", "", [Ticked("2611-9999", 1)])


def test_a_list_is_changed_as_it_is_narrowed(cast: Cast, three: list[Ticket]) -> None:
    hours = current_calendar().hours
    alerts = TicketList(View.open, narrowed=TicketFilter(kind="alert"))
    asked = ask_for_list(cast.user("dana"), "tag", "#A 社", alerts, hours)
    assert outcomes(asked)[BulkOutcome.changed] == 1
    assert three[2].tags == ["a-社"]
    with pytest.raises(Refusal):
        ask_for_list(cast.user("dana"), "close", "", TicketList(View.contested), hours)


def run(asked: BulkChange) -> None:
    """As the sweep and a worker would."""
    db.session.commit()
    change_many(*next(one for one in BulkChange.queue_due() if one[0] == asked.id))
    db.session.refresh(asked)


def test_many_go_by_a_worker_in_portions(cast: Cast, three: list[Ticket], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    monkeypatch.setattr(bulk, "PORTION", 1)
    dana = cast.user("dana")
    asked = ask(dana, "priority", "urgent", ticked(three))
    assert not asked.over
    with pytest.raises(Refusal):
        undo(dana, asked.id)
    run(asked)
    assert asked.over
    assert outcomes(asked)[BulkOutcome.changed] == 3


def test_a_stopped_change_goes_no_further(cast: Cast, three: list[Ticket], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    monkeypatch.setattr(bulk, "PORTION", 1)
    dana = cast.user("dana")
    asked = ask(dana, "priority", "urgent", ticked(three))
    changed_one, change_some = [], bulk.change_some

    def then_stopped(one: BulkChange) -> bool:
        more = change_some(one)
        changed_one.append(stop(dana, one.id))
        return more

    monkeypatch.setattr("helpdesk.desk.jobs.change_some", then_stopped)
    run(asked)
    assert outcomes(asked) == {BulkOutcome.pending: 2, BulkOutcome.changed: 1, BulkOutcome.left: 0}
    back = undo(dana, asked.id)
    assert back.over
    assert not bulk.may_undo(asked)
    back.stopped_at = clock.now()
    assert undo(dana, asked.id) is back
    monkeypatch.setattr("helpdesk.desk.jobs.change_some", change_some)
    run(back)
    assert (back.over, back.stopped_at) == (True, None)


def test_a_killed_worker_goes_on_where_it_was(cast: Cast, three: list[Ticket], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    monkeypatch.setattr(bulk, "PORTION", 2)
    asked = ask(cast.user("dana"), "priority", "urgent", ticked(three))
    still_mine, turns = Errand.still_mine, []

    def killed(self: Errand) -> bool:
        turns.append(self)
        if len(turns) == 2:
            raise KeyboardInterrupt
        return still_mine(self)

    monkeypatch.setattr(BulkChange, "still_mine", killed)
    with pytest.raises(KeyboardInterrupt):
        run(asked)
    assert outcomes(asked)[BulkOutcome.changed] == 2
    asked.leased_until = clock.real_now() - timedelta(minutes=1)
    run(asked)
    assert outcomes(asked)[BulkOutcome.changed] == 3


def test_a_change_belongs_to_who_asked(cast: Cast, three: list[Ticket]) -> None:
    asked = ask(cast.user("dana"), "priority", "urgent", ticked(three))
    with pytest.raises(NotFound):
        undo(cast.user("sato"), asked.id)
    assert undo(cast.user("erin"), asked.id).over


def test_from_the_list_and_back_with_the_result(cast: Cast, three: list[Ticket]) -> None:
    dana = cast.dana
    page = dana.get("/desk/queues/open?kind=inquiry")
    boxes = [f"{ticket.reference}.{ticket.version}" for ticket in three[:2]]
    assert all(f'value="{box}"' in page.text for box in boxes)
    assert f'value="{three[2].reference}.' not in page.text
    here = "list=open&kind=inquiry"
    answer = dana.post("/desk/changes", {"act": "priority", "priority": "urgent", "ticket": boxes, "here": here})
    assert answer.status_code == 302
    assert answer.location.startswith("/desk/queues/open?kind=inquiry&told=")
    told = dana.get(answer.location).text
    assert "2件を変更しました" in told
    assert "undoing" in told
    nothing = dana.post("/desk/changes", {"act": "close", "here": here})
    assert nothing.status_code == 409
    assert "選択してください" in nothing.text


def test_put_away_and_out_again(cast: Cast, three: list[Ticket], at: Callable[[str], datetime]) -> None:
    at("2026-11-24T16:00:00+09:00")
    dana = cast.user("dana")
    ask(dana, "snooze", "opening", ticked(three[:2]))
    assert {ticket.snoozed_until for ticket in three[:2]} == {datetime.fromisoformat("2026-11-25T09:00:00+09:00")}
    ask(dana, "snooze", "answer", ticked([three[2]]))
    assert three[2].snoozed_until == SNOOZED_FOR_ANSWER
    page = cast.dana.get("/desk/queues/open").text
    assert three[0].reference not in page
    assert three[0].reference in cast.dana.get("/desk/queues/snoozed").text
    asked = ask(dana, "wake", "", ticked(three))
    assert outcomes(asked)[BulkOutcome.changed] == 3
    assert three[0].state == TicketState.new


def test_nul_in_any_of_several_values_is_refused(cast: Cast, three: list[Ticket]) -> None:
    form = {"act": "close", "ticket": [f"{three[0].reference}.1", "a\x00.1"]}
    assert cast.dana.post("/desk/changes", form).status_code == 400
    assert cast.dana.get(f"/desk/tickets/{three[0].reference}?section=1&section=%00").status_code == 400


def test_a_prepared_reply_to_many_and_taken_back(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.config, "UNDO_SECONDS", 15)
    dana = cast.user("dana")
    whole = save_macro(None, cast.user("erin").actor(), MacroWords("お知らせ", "{name}\n\n本日は {agent} が承ります。"))
    open_ended = save_macro(None, cast.user("erin").actor(), MacroWords("質問", "{name}\n{?確認したい点}"))
    inquiries = [an_inquiry(cast.contact(name)) for name in ("alice", "bob")]
    ticked = [Ticked(one.reference, one.version) for one in inquiries]
    asked = ask(dana, "macro", str(whole.id), ticked)
    assert outcomes(asked)[BulkOutcome.changed] == 2
    waiting = select(Sending).where(Sending.withdrawn_at.is_(None))
    assert [one.body.split("\n")[-1] for one in db.session.scalars(waiting)] == [f"本日は {dana.name} が承ります。"] * 2
    db.session.commit()
    undo(dana, asked.id)
    assert db.session.scalars(waiting).all() == []
    left = ask(dana, "macro", str(open_ended.id), [Ticked(one.reference, one.version) for one in inquiries])
    assert outcomes(left)[BulkOutcome.left] == 2
