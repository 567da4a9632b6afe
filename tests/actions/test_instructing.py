"""Portal, link and phone lead to one instruction; a mail that says yes is only asked back (R20, Decisions)."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from helpdesk import clock
from helpdesk.actions.asking import reads_as_consent, remind_and_return
from helpdesk.actions.instructions import Choice, DecisionLink, Via, instruct
from helpdesk.actions.models import Action, ActionStatus
from helpdesk.actions.targets import ActionTarget
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.models import Way
from helpdesk.errors import Refusal
from helpdesk.extensions import db, limiter
from helpdesk.mailgate.filing import file_mails
from helpdesk.mailgate.ledger import Arrival, IncomingMail, accept
from helpdesk.notices.models import Notice
from helpdesk.tickets.kinds import Channel, TicketState
from tests.conftest import TUESDAY_NOON, Cast, Person
from tests.making import SHA, an_asked_action, link_in


@pytest.fixture
def action(cast: Cast, at: Callable[[str], datetime]) -> Iterator[Action]:
    at(TUESDAY_NOON)
    made = an_asked_action(cast.user("dana"), cast.contact("alice"))
    db.session.commit()
    limiter.reset()
    yield made


def requests(template: str = "decision_request") -> list[Notice]:
    return list(db.session.scalars(select(Notice).where(Notice.template == template).order_by(Notice.id)))


def form_of(page: str, **fields: str) -> dict[str, str]:
    return {"shown": re.findall(r'name="shown" value="([^"]+)"', page)[0], **fields}


def test_the_request_goes_to_the_named_person_with_a_link_that_is_not_kept(cast: Cast, action: Action) -> None:
    (notice,) = requests()
    assert (notice.to_address, "/decisions/" in notice.body) == ("alice@acme.example", False)
    token = link_in(notice).rsplit("/", 1)[1]
    assert len(token) >= 32
    (link,) = db.session.scalars(select(DecisionLink))
    assert token not in link.token_hash
    for words in ("隔離に失敗したため", SHA, "2026年11月25日(水) 17:00", "Quarantine list"):
        assert words in notice.body
    assert action.ticket.state == TicketState.waiting


def test_a_link_shows_and_only_the_form_decides(cast: Cast, action: Action, visitor: Person) -> None:
    url = link_in(requests()[0])
    for _scanner in range(3):
        page = visitor.get(url)
        assert page.status_code == 200
    assert "小林 由佳" in page.text and SHA in page.text
    assert action.status == ActionStatus.asked and not action.instructions
    form = form_of(page.text, choice="approve")
    assert visitor.post(url, form).status_code == 422, "the person has to confirm who they are"
    assert not action.instructions
    assert visitor.post(url, {**form, "me": "1", "shown": "forged"}).status_code == 409
    assert visitor.post(url, {**form, "me": "1", "choice": "perhaps"}).status_code == 409
    assert visitor.post(url, {**form, "me": "1"}).status_code == 200
    (kept,) = action.instructions
    assert (kept.name, kept.channel, kept.user_id, kept.address) == ("小林 由佳", Channel.mail, None, "127.0.0.1")
    assert SHA in kept.text and kept.target_sha256 == action.target_sha256
    assert action.status == ActionStatus.waiting
    assert visitor.get(url).status_code == 410
    assert visitor.post(url, {**form, "me": "1"}).status_code == 410
    assert len(action.instructions) == 1


def test_a_link_ends_with_the_next_business_day(
    cast: Cast, action: Action, visitor: Person, at: Callable[[str], datetime]
) -> None:
    url = link_in(requests()[0])
    at("2026-11-25T16:59:59+09:00")
    page = visitor.get(url)
    assert page.status_code == 200
    at("2026-11-25T17:00:00+09:00")
    assert visitor.get(url).status_code == 410
    assert visitor.post(url, form_of(page.text, choice="approve", me="1")).status_code == 410
    assert not action.instructions


def test_a_link_is_void_when_its_target_changed(cast: Cast, action: Action, visitor: Person) -> None:
    url = link_in(requests()[0])
    form = form_of(visitor.get(url).text, choice="approve", me="1")
    action.targets.append(ActionTarget(guid="another", name="Another list"))
    db.session.commit()
    assert visitor.get(url).status_code == 410
    assert visitor.post(url, form).status_code == 410
    page = cast.alice.get(f"/portal/tickets/{action.ticket.reference}").text
    assert "Another list" in page
    stale = cast.alice.post(f"/portal/tickets/{action.ticket.reference}/actions/{action.reference}/instruction", form)
    assert stale.status_code == 409, "the text that was shown before does not decide on the new target"


@pytest.mark.parametrize("end", ["withdrawn", "decided", "right taken", "left the customer"])
def test_a_link_ends_with_what_it_asked(cast: Cast, action: Action, visitor: Person, end: str) -> None:
    url = link_in(requests()[0])
    if end == "withdrawn":
        action.withdraw(SYSTEM)
    elif end == "decided":
        instruct(action, cast.contact("alice"), Choice.decline, "text", Via(Channel.portal, None))
    elif end == "right taken":
        cast.contact("alice").set_alert_rights(SYSTEM, told=False, may_instruct=False, way=Way.mail)
    else:
        cast.contact("alice").customer_id = cast.contact("charlie").customer_id
    db.session.commit()
    page = visitor.get(url)
    assert page.status_code == 410
    assert SHA not in page.text and "小林" not in page.text
    assert visitor.get("/decisions/" + "x" * 32).status_code == 404


def test_a_customer_may_want_a_sign_in_for_links(cast: Cast, action: Action, visitor: Person) -> None:
    cast.acme.set_handling(SYSTEM, second_eyes=False, isolation=False, links_need_sign_in=True)
    db.session.commit()
    url = link_in(requests()[0])
    assert visitor.get(url).status_code == 302
    assert visitor.post(url, {"choice": "approve", "me": "1"}).status_code == 410
    assert not action.instructions


def test_on_the_last_morning_a_reminder_and_then_a_call(
    cast: Cast, action: Action, visitor: Person, at: Callable[[str], datetime]
) -> None:
    at("2026-11-24T16:00:00+09:00")
    assert remind_and_return() == 0
    at("2026-11-25T08:00:00+09:00")
    assert remind_and_return() == 0, "not before opening"
    at("2026-11-25T09:00:10+09:00")
    assert (remind_and_return(), remind_and_return()) == (1, 0)
    db.session.commit()
    (reminder,) = requests("decision_reminder")
    assert "本日" in reminder.subject
    assert visitor.get(link_in(reminder)).status_code == 200
    assert action.ticket.state == TicketState.waiting
    at("2026-11-26T09:00:10+09:00")
    assert (remind_and_return(), remind_and_return()) == (1, 0)
    db.session.commit()
    assert action.returned_at is not None
    assert action.ticket.state == TicketState.open and action.ticket.due_at is not None
    assert "お電話してください" in cast.dana.get(f"/desk/tickets/{action.ticket.reference}").text
    assert visitor.get(link_in(reminder)).status_code == 410
    card = cast.alice.get(f"/portal/tickets/{action.ticket.reference}").text
    assert "このファイルを隔離してよろしいですか" in card, "who signs in may still decide"


def test_by_phone_the_agent_reads_out_and_has_it_read_back(cast: Cast, action: Action) -> None:
    page = cast.dana.get(f"/desk/tickets/{action.ticket.reference}/actions").text
    url = f"/desk/tickets/{action.ticket.reference}/actions/{action.reference}/call"
    form = form_of(page, choice="approve", contact=str(cast.contact("alice").id), number="03-0000-0142")
    assert cast.dana.post(url, form).status_code == 409, "nothing without the read-back"
    assert cast.dana.post(url, {**form, "read_back": "1", "number": " "}).status_code == 409
    for name in ("bob", "charlie"):
        wrong = {**form, "read_back": "1", "contact": str(cast.contact(name).id)}
        assert cast.dana.post(url, wrong).status_code == 409
    assert not action.instructions
    assert cast.dana.post(url, {**form, "read_back": "1"}).status_code == 302
    (kept,) = action.instructions
    told = (kept.name, kept.channel, kept.address, kept.recorded_by)
    assert told == ("小林 由佳", Channel.phone, "03-0000-0142", "田中 健一")
    assert SHA in kept.text
    assert action.due_at is not None


def send_mail(sender: str, ticket_token: str, words: str) -> None:
    raw = f"From: {sender}\r\nTo: support+{ticket_token}@desk.example\r\nSubject: Re: x\r\n\r\n{words}\r\n".encode()
    (mail_id,) = accept([Arrival(raw, sender, [f"support+{ticket_token}@desk.example"])])
    file_mails([db.session.get_one(IncomingMail, mail_id)])
    db.session.commit()


@pytest.mark.parametrize("words", ["承認します。進めてください。", "OK です", "Approved, go ahead."])
def test_a_mail_that_says_approved_is_asked_back_and_never_consent(cast: Cast, action: Action, words: str) -> None:
    send_mail("alice@acme.example", action.ticket.reply_token, words)
    assert action.status == ActionStatus.asked and not action.instructions
    (notice,) = requests("decision_confirm")
    assert notice.to_address == "alice@acme.example"
    assert "ご指示としてお受けできません" in notice.body
    page = cast.dana.get(f"/desk/tickets/{action.ticket.reference}").text
    assert "メールはご指示になりません" in page


def test_only_three_confirmations_a_day_and_only_to_who_may_instruct(cast: Cast, action: Action) -> None:
    for _number in range(6):
        send_mail("alice@acme.example", action.ticket.reply_token, f"承認します {_number}")
    assert len(requests("decision_confirm")) == 2, "with the request itself three links a day"
    for sender in ("bob@acme.example", "stranger@evil.example", "charlie@globex.example"):
        send_mail(sender, action.ticket.reply_token, "承認します")
    assert {one.to_address for one in requests("decision_confirm")} == {"alice@acme.example"}


@pytest.mark.parametrize(
    ("words", "consent"),
    [
        ("承認します", True),
        ("了承しました。お願いします。", True),
        ("approve", True),
        ("今は判断できません。", False),
        ("", False),
    ],
)
def test_what_may_be_meant_as_an_instruction(words: str, consent: bool) -> None:
    assert reads_as_consent(words) is consent


def test_a_quoted_approval_asks_nothing(cast: Cast, action: Action) -> None:
    before = "2026年11月24日(火) 12:00 みなと <support@desk.example>:"
    quoted = f"質問があります。影響は？\r\n\r\n{before}\r\n> 承認をお願いします\r\n"
    send_mail("alice@acme.example", action.ticket.reply_token, quoted)
    assert not requests("decision_confirm")


def test_an_action_can_be_asked_again_with_a_new_deadline(
    cast: Cast, action: Action, at: Callable[[str], datetime], app: Flask
) -> None:
    at("2026-11-26T10:00:00+09:00")
    remind_and_return()
    db.session.commit()
    url = f"/desk/tickets/{action.ticket.reference}/actions/{action.reference}/request"
    assert cast.dana.post(url).status_code == 302
    assert action.ask_until is not None
    assert action.ask_until.isoformat() == "2026-11-27T08:00:00+00:00"
    assert action.returned_at is None
    assert len(requests()) == 2


def test_instructions_are_refused_without_a_text_or_a_right(cast: Cast, action: Action) -> None:
    for name, text in (("alice", " "), ("bob", "text"), ("charlie", "text")):
        with pytest.raises(Refusal):
            instruct(action, cast.contact(name), Choice.approve, text, Via(Channel.portal, None))
    assert clock.now() - action.asked_at < timedelta(minutes=5)
