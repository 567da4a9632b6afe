"""What hangs on a merged or split ticket goes along: answers that are contested, links, mails, due times, waiting."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from helpdesk import clock
from helpdesk.desk.bulk import BulkOutcome, Ticked, ask, left_alone, outcomes, undo
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.intake.following import follow_up
from helpdesk.mailgate.ledger import IncomingMail
from helpdesk.manuals.models import ManualSection
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.rows import completed_rows, period_of
from helpdesk.tickets.answering import reply
from helpdesk.tickets.joining import merge, split, undo_joining
from helpdesk.tickets.kinds import Channel, TicketState, Verdict
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import SNOOZED_FOR_ANSWER, Ticket
from helpdesk.tickets.snoozing import snooze
from helpdesk.tickets.waiting import Wait, remind_or_close, wait
from helpdesk.triage.answer_links import AnswerLink, renew_link
from helpdesk.triage.deciding import decide
from helpdesk.triage.lessons import decided_examples
from helpdesk.triage.models import Decision, last_decision
from tests.conftest import Cast, Person
from tests.mailgate.test_ledger import newest, write
from tests.making import a_reopen_link, an_answer, an_inquiry

Move = Callable[[str], datetime]


@pytest.fixture
def three(cast: Cast) -> list[Ticket]:
    return [an_inquiry(cast.contact("alice"), subject) for subject in ("一つ目", "二つ目", "三つ目")]


@pytest.fixture
def answered(cast: Cast) -> tuple[Ticket, Ticket, str]:
    """An inquiry that the manual answered, merged into another, and the path of its answer's page."""
    first, second = an_inquiry(cast.contact("alice"), "一つ目"), an_inquiry(cast.contact("alice"), "二つ目")
    path = an_answer(first, cast.user("dana"), list(db.session.scalars(select(ManualSection).limit(1))))
    db.session.commit()
    merge(first, second, cast.user("dana").actor())
    db.session.commit()
    return first, second, path


def numbers(ticket: Ticket) -> list[int]:
    return list(db.session.scalars(select(Message.id).where(Message.ticket_id == ticket.id).order_by(Message.id)))


def said(ticket: Ticket) -> str:
    return " ".join(db.session.scalars(select(Message.body).where(Message.ticket_id == ticket.id)))


def test_a_tag_undone_leaves_the_merge_alone(cast: Cast, three: list[Ticket]) -> None:
    dana = cast.user("dana")
    merge(three[0], three[1], dana.actor())
    asked = ask(dana, "tag", "x", [Ticked(three[0].reference, three[0].version)])
    db.session.commit()
    undo(dana, asked.id)
    assert (three[0].merged_into_id, three[0].tags) == (three[1].id, [])


def test_a_chain_is_undone_from_its_end(cast: Cast, three: list[Ticket]) -> None:
    dana, alice = cast.user("dana").actor(), cast.contact("alice")
    first = merge(three[0], three[1], dana)
    second = merge(three[1], three[2], dana)
    db.session.commit()
    with pytest.raises(Refusal, match=three[1].reference):
        undo_joining(first, dana)
    undo_joining(second, dana)
    db.session.commit()
    follow_up(three[0], alice.as_actor(), "続きです。", channel=Channel.portal)
    assert "続きです。" in said(three[1])
    undo_joining(first, dana)
    assert [len(numbers(ticket)) for ticket in three] == [1, 2, 1]


def test_a_split_undone_buries_no_question(cast: Cast, three: list[Ticket]) -> None:
    dana, alice, first = cast.user("dana"), cast.contact("alice"), three[0]
    follow_up(first, alice.as_actor(), "別の質問です。", channel=Channel.portal)
    db.session.commit()
    joining = split(first, numbers(first)[1:], "別", dana.actor())
    reply(first, dana, "お答えします。")
    first.close(dana.actor())
    follow_up(joining.other, alice.as_actor(), "追記です。", channel=Channel.portal)
    db.session.commit()
    undo_joining(joining, dana.actor())
    assert not first.closed
    assert first.due_at is not None
    assert "追記です。" in said(first)


def test_answers_are_contested_where_they_went(
    cast: Cast, answered: tuple[Ticket, Ticket, str], visitor: Person
) -> None:
    _first, second, path = answered
    assert visitor.post(f"{path}/contest", {"words": "解決しません"}).status_code == 200
    decision = last_decision(second)
    assert decision is not None and decision.contested_at is not None
    assert "解決しません" in said(second)


def test_words_to_the_old_number_contest(cast: Cast, answered: tuple[Ticket, Ticket, str]) -> None:
    first, second, _path = answered
    follow_up(first, cast.contact("alice").as_actor(), "まだ解決していません", channel=Channel.portal)
    decision = last_decision(second)
    assert decision is not None and decision.contested_at is not None


def test_an_answers_mail_goes_again_with_its_link(cast: Cast, answered: tuple[Ticket, Ticket, str]) -> None:
    link = db.session.scalars(select(AnswerLink)).one()
    message = db.session.get_one(Message, link.decision.message_id)
    assert message.notice is not None
    message.notice.secret = None
    renew_link(message.notice)
    assert message.notice.secret is not None


def test_the_link_of_a_closing_opens_where_it_goes_on(cast: Cast, three: list[Ticket], visitor: Person) -> None:
    dana = cast.user("dana").actor()
    token = a_reopen_link(three[0])
    three[0].close(dana)
    merge(three[0], three[1], dana)
    db.session.commit()
    assert visitor.post(f"/reopening/{token}", {"words": ""}).status_code == 200
    assert not three[1].closed


def test_the_ledger_knows_where_a_mail_is(cast: Cast, three: list[Ticket]) -> None:
    write("alice@acme.example", "support@desk.example", "質問", "メールの質問です。")
    ticket = newest()
    merge(ticket, three[0], cast.user("dana").actor())
    assert db.session.scalars(select(IncomingMail.ticket_id)).one() == three[0].id


@pytest.mark.parametrize("flaw", ["failed_check", "caller", "unknown"])
def test_what_is_not_surely_one_persons_stays_apart(cast: Cast, three: list[Ticket], flaw: str) -> None:
    first, second = three[:2]
    if flaw == "failed_check":
        first.failed_check = True
    else:
        for ticket in (first, second):
            ticket.requester = ticket.requester_id = None
        first.caller = "田中 090" if flaw == "caller" else ""
    with pytest.raises(Refusal):
        merge(first, second, cast.user("dana").actor())


def test_nobody_else_is_answered_on_what_was_merged(cast: Cast, three: list[Ticket]) -> None:
    merge(three[0], three[1], cast.user("dana").actor())
    with pytest.raises(Refusal):
        three[1].set_requester(cast.user("dana").actor(), cast.contact("bob"))


def test_waiting_again_is_reminded_again(cast: Cast, three: list[Ticket], at: Move) -> None:
    at("2026-11-24T10:00:00+09:00")
    dana, first = cast.user("dana"), three[0]
    reply(first, dana, "ご確認ください。")
    wait(first, dana.actor())
    before = (first.state, first.due_at, first.due_since)
    joining = merge(three[1], first, dana.actor())
    assert first.state == TicketState.open and first.due_at is not None
    undo_joining(joining, dana.actor())
    assert (first.state, first.due_at, first.due_since) == before
    asked = ask(dana, "close", "", [Ticked(first.reference, first.version)])
    db.session.commit()
    at("2026-11-25T12:00:00+09:00")
    remind_or_close()
    db.session.commit()
    assert db.session.get(Wait, first.id) is None
    undo(dana, asked.id)
    assert db.session.get(Wait, first.id) is not None


def test_a_reopening_undone_is_a_completion_again(cast: Cast, three: list[Ticket], at: Move) -> None:
    dana, first = cast.user("dana"), three[0]
    first.close(dana.actor())
    db.session.commit()

    def completed() -> list[str]:
        at((clock.now() + timedelta(minutes=5)).isoformat())
        month = ReportMonth.read(f"{clock.now():%Y-%m}")
        return [row.reference for row in completed_rows(period_of(cast.acme, month))]

    assert completed() == [first.reference]
    asked = ask(dana, "state", "open", [Ticked(first.reference, first.version)])
    db.session.commit()
    assert completed() == []
    undo(dana, asked.id)
    db.session.commit()
    assert completed() == [first.reference]


def test_a_missed_answer_is_missed_after_merging(cast: Cast, at: Move) -> None:
    at("2026-11-24T10:00:00+09:00")
    first = an_inquiry(cast.contact("alice"))
    at("2026-11-26T10:00:00+09:00")
    second = an_inquiry(cast.contact("alice"))
    merge(first, second, cast.user("dana").actor())
    reply(second, cast.user("dana"), "お答えします。")
    assert second.answered_in_time is False


def test_a_question_split_off_with_its_answer_is_answered(cast: Cast, three: list[Ticket]) -> None:
    dana, alice, first = cast.user("dana"), cast.contact("alice"), three[0]
    first.assign(dana.actor(), dana)
    follow_up(first, alice.as_actor(), "別の質問です。", channel=Channel.portal)
    reply(first, dana, "お答えします。")
    db.session.commit()
    fresh = split(first, numbers(first)[1:], "別", dana.actor()).other
    assert fresh.first_responded_at is not None
    assert fresh.due_at is None
    assert fresh.assignee_id == dana.id


def test_nothing_due_stays_put_away(cast: Cast, three: list[Ticket]) -> None:
    dana = cast.user("dana")
    reply(three[1], dana, "ご確認ください。")
    snooze(three[1], dana.actor(), SNOOZED_FOR_ANSWER)
    merge(three[0], three[1], dana.actor())
    assert three[1].snoozed_until is None


def test_several_undone_are_due_as_before(cast: Cast, at: Move) -> None:
    alice, dana, made = cast.contact("alice"), cast.user("dana"), []
    for moment in ("12:30", "10:30", "13:00"):
        at(f"2026-11-24T{moment}:00+09:00")
        made.append(an_inquiry(alice))
    into, before = made[2], made[2].due_at
    asked = ask(dana, "merge", f" [{into.reference}] ", [Ticked(one.reference, one.version) for one in made])
    assert outcomes(asked) == {BulkOutcome.pending: 0, BulkOutcome.changed: 2, BulkOutcome.left: 1}
    assert "統合先" in left_alone(asked, 3)[0].why
    db.session.commit()
    assert into.due_at == made[1].first_due_at
    undo(dana, asked.id)
    assert into.due_at == before


def test_nobody_learns_from_other_peoples_words(cast: Cast, three: list[Ticket]) -> None:
    decide(three[1], cast.user("dana"), Verdict.in_scope, "")
    db.session.commit()
    last = db.session.scalar(select(func.max(Decision.id))) or 0
    assert len(decided_examples(last, clock.now())) == 1
    merge(three[0], three[1], cast.user("dana").actor())
    db.session.commit()
    assert decided_examples(last, clock.now()) == []


def test_what_was_merged_in_meanwhile_is_shown_before_a_reply_leaves(cast: Cast, three: list[Ticket]) -> None:
    seen = numbers(three[1])[-1]
    merge(three[0], three[1], cast.user("sato").actor())
    db.session.commit()
    form = {"body": "お答えします。", "seen": seen, "joined": 0, "then": "stay"}
    page = cast.dana.post(f"/desk/tickets/{three[1].reference}/replies", form)
    assert page.status_code == 409
    known = dict(part.split('" value="') for part in page.text.split('name="')[1:] if '" value="' in part[:24])
    again = {name: known[name].split('"')[0] for name in ("seen", "joined")}
    assert cast.dana.post(f"/desk/tickets/{three[1].reference}/replies", form | again).status_code == 302


def test_a_split_off_question_is_found_by_its_subject(cast: Cast, three: list[Ticket]) -> None:
    follow_up(three[0], cast.contact("alice").as_actor(), "別の質問です。", channel=Channel.portal)
    db.session.commit()
    fresh = split(three[0], numbers(three[0])[1:], "ワイルドカード", cast.user("dana").actor()).other
    first = db.session.scalars(select(Message).where(Message.ticket_id == fresh.id)).one()
    assert first.terms is None
    assert fresh.preview == "別の質問です。"
    assert three[0].preview != "別の質問です。"
