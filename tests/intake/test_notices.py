"""A notice is no question: recognised, stamped, put before the right people, and never refused (R05, 11-2)."""

import pytest
from sqlalchemy import select

from helpdesk.alerts.models import Alert
from helpdesk.audit.models import AuditEvent
from helpdesk.customers.models import Contact
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.intake.receiving import receive_inquiry
from helpdesk.tickets.kinds import Channel, Intent, Priority, Queue, TicketKind, TicketState, Verdict
from helpdesk.tickets.mailed import Mailed
from helpdesk.tickets.messages import Message
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.opening import Opening
from helpdesk.triage.auto_answers import AutoAnswer
from helpdesk.triage.deciding import decide, set_intent
from tests.conftest import Cast


def sent(person: Contact, body: str, subject: str = "", *, verified: bool = True) -> Ticket:
    mailed = None if verified else Mailed("<a@b.example>", None, verified=False)
    opening = Opening(
        kind=TicketKind.inquiry,
        subject=subject,
        body=body,
        channel=Channel.portal if verified else Channel.mail,
        customer=person.customer,
        requester=person,
        mailed=mailed,
    )
    ticket = receive_inquiry(person.as_actor(), opening)
    db.session.commit()
    return ticket


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("解約の申し入れ", "現在の契約を来年3月31日をもって解約いたしたく、申し入れます。"),
        ("", "契約の更新はいたしません。期間満了で終了とさせてください。"),
        ("個人情報の開示請求", "貴社が保有する私の個人情報の開示を請求いたします。"),
        ("", "私の個人情報の利用停止を求めます。"),
        ("契約の承継について", "当社は合併により契約を承継します。"),
        ("連絡先変更", "担当者のメールアドレスが変わりましたのでご連絡します。"),
        ("プラン変更", "プラン100からプラン200への変更をお願いします。"),
        ("", "10月分の運用レポートが届いていません"),
        ("Notice of termination", "We hereby give notice that we end the contract on 31 March."),
        ("", "ダッシュボードのパスワードを変えたので新しいパスワードをお知らせしたいです"),
    ],
)
def test_a_notice_goes_to_contracts_and_invoices(cast: Cast, subject: str, body: str) -> None:
    ticket = sent(cast.contact("alice"), body, subject)
    assert (ticket.intent, ticket.queue, ticket.verdict) == (Intent.notice, Queue.contracts, Verdict.in_scope)


def test_a_notice_is_neither_refused_nor_answered_by_the_manual_nor_by_itself(cast: Cast) -> None:
    customer = cast.contact("alice").customer
    customer.auto_answer_from = 80
    ticket = sent(cast.contact("alice"), "ダッシュボードのパスワードを変えたので新しいパスワードをお知らせします")
    assert db.session.scalar(select(AutoAnswer.id).where(AutoAnswer.ticket_id == ticket.id)) is None
    with pytest.raises(Refusal):
        decide(ticket, cast.user("dana"), Verdict.out_of_scope, "", answer="対象外です")
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "申し出・連絡" in page and "decision/out_of_scope" not in page


def test_a_person_corrects_what_it_was_taken_for(cast: Cast) -> None:
    ticket = sent(cast.contact("alice"), "解約したいです")
    url = f"/desk/tickets/{ticket.reference}/intent"
    assert cast.dana.post(url, data={"intent": "inquiry"}).status_code == 302
    assert (ticket.intent, ticket.queue) == (Intent.inquiry, Queue.inquiries)
    cast.dana.post(url, data={"intent": "notice"})
    assert (ticket.intent, ticket.queue, ticket.verdict_decided) == (Intent.notice, Queue.contracts, True)
    assert cast.dana.post(url, data={"intent": "poem"}).status_code == 409
    assert cast.alice.post(url, data={"intent": "inquiry"}).status_code == 403
    ticket.close(cast.user("dana").actor(), "done")
    with pytest.raises(Refusal):
        set_intent(ticket, cast.user("dana"), Intent.inquiry)


def test_prices_stay_out_of_scope(cast: Cast) -> None:
    ticket = sent(cast.contact("alice"), "プラン100の料金はいくらですか。見積をください。")
    assert (ticket.intent, ticket.verdict) == (Intent.inquiry, Verdict.out_of_scope)


def test_a_secret_is_masked_wherever_people_read_it(cast: Cast) -> None:
    ticket = sent(cast.contact("alice"), "新しいパスワードは Kx7!mmp2 です。", "パスワード変更: Kx7!mmp2")
    message = db.session.scalars(select(Message).where(Message.ticket_id == ticket.id)).one()
    assert "Kx7!mmp2" not in ticket.subject + ticket.preview + message.body
    assert message.marks == ["secret_masked"]
    for page in (f"/desk/tickets/{ticket.reference}", "/desk/tickets"):
        assert "Kx7!mmp2" not in cast.dana.get(page).text
    told = db.session.scalars(select(AuditEvent)).all()
    assert not any("Kx7!mmp2" in str(event.details) for event in told)


@pytest.mark.parametrize("named", ["host", "hash", "number", "nothing"])
def test_an_instruction_goes_to_the_alert_that_it_means(cast: Cast, alert: Alert, named: str) -> None:
    words = {
        "host": "PC-IJI-014の隔離を解除してください。",
        "hash": f"このファイルを隔離してください {alert.sha256}",
        "number": f"{alert.ticket.reference}の件、隔離してください。",
        "nothing": "先ほどのアラートの件、ファイルを隔離してもらって結構です。",
    }
    ticket = sent(cast.contact("alice"), words[named])
    assert ticket.id == alert.ticket_id
    assert ticket.state == TicketState.open
    acts = [event.act for event in db.session.scalars(select(AuditEvent))]
    assert "instruction.added" in acts and "action.instructed" not in acts


def test_an_instruction_of_somebody_else_or_of_nobody_known_is_a_ticket_of_its_own(cast: Cast, alert: Alert) -> None:
    words = f"{alert.ticket.reference}の件、隔離してください。"
    for ticket in (
        sent(cast.contact("bob"), words),
        sent(cast.contact("charlie"), words),
        sent(cast.contact("alice"), words, verified=False),
    ):
        assert ticket.id != alert.ticket_id
        assert (ticket.intent, ticket.priority, ticket.queue) == (Intent.notice, Priority.high, Queue.alerts)
