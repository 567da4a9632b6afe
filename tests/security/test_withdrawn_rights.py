"""A right that is withdrawn ends mails to its holder and trust in theirs at once (S4)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from helpdesk.audit.models import SYSTEM
from helpdesk.config import Config
from helpdesk.customers.models import Contact
from helpdesk.demo.sink import Sink
from helpdesk.errands import ErrandState
from helpdesk.extensions import db
from helpdesk.mailgate.ledger import Disposition
from helpdesk.notices.jobs import deliver
from helpdesk.notices.models import Notice, reply_address
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import Queue
from helpdesk.tickets.links import LinkKind, TicketLink
from helpdesk.tickets.models import Ticket
from helpdesk.web.person_form import shown_of
from tests.conftest import Cast
from tests.forms import press
from tests.mailgate.test_filing import SUPPORT
from tests.mailgate.test_ledger import newest, write
from tests.making import an_alert, an_inquiry, reported
from tests.servers import sink

CAROL = "carol@acme.example"


@pytest.fixture
def mailbox(config: Config, tmp_path: Path) -> Iterator[Sink]:
    with sink(config.mail_port, tmp_path) as running:
        yield running


def sent_to(mailbox: Sink, address: str) -> list[str]:
    for errand_id, turn in Notice.queue_due():
        deliver(errand_id, turn)
    return [mail["subject"] for mail in mailbox.mails() if mail["to"] == address]


def close_account(cast: Cast) -> None:
    assert cast.root.post(f"/admin/users/{cast.user('carol').id}/deactivation").status_code == 302


def close_contact(cast: Cast) -> None:
    contact = cast.contact("carol")
    assert cast.root.post(f"/admin/customers/{cast.acme.id}/contacts/{contact.id}/closure").status_code == 302


WAYS = pytest.mark.parametrize("close", [close_account, close_contact])


@WAYS
def test_mails_on_their_way_are_not_sent(cast: Cast, mailbox: Sink, close: Callable[[Cast], None]) -> None:
    an_inquiry(cast.contact("carol"))
    close(cast)
    assert sent_to(mailbox, CAROL) == []
    notice = db.session.scalars(select(Notice).where(Notice.to_address == CAROL)).one()
    assert notice.state == ErrandState.failed
    assert "ended" in (notice.last_error or "")


@WAYS
def test_a_mail_that_is_being_sent_again_is_not(cast: Cast, mailbox: Sink, close: Callable[[Cast], None]) -> None:
    """A worker holds it while the right ends; the relay fails, and the next try finds out."""
    an_inquiry(cast.contact("carol"))
    ((errand_id, turn),) = Notice.queue_due()
    held = Notice.begin(errand_id, turn)
    assert held is not None
    db.session.commit()
    close(cast)
    held = db.session.get_one(Notice, errand_id, populate_existing=True)
    held.claimed = turn
    held.postpone(held.created_at)
    db.session.commit()
    assert sent_to(mailbox, CAROL) == []


@WAYS
def test_replies_go_nowhere_and_the_desk_is_told(cast: Cast, mailbox: Sink, close: Callable[[Cast], None]) -> None:
    ticket = an_inquiry(cast.contact("carol"))
    sent_to(mailbox, CAROL)
    close(cast)
    message = reply(ticket, cast.user("dana"), "ご案内です")
    assert message.notice is None
    assert ticket.first_responded_at is None, "words that reach nobody meet nothing"
    page = cast.dana.get(f"/desk/tickets/{ticket.reference}").text
    assert "メールは送信されません" in page
    assert "高橋 直人" in page, "somebody else of the customer may be chosen"
    assert len(sent_to(mailbox, CAROL)) == 1


@WAYS
def test_their_mail_is_a_strangers(cast: Cast, close: Callable[[Cast], None]) -> None:
    ticket = an_inquiry(cast.contact("carol"))
    close(cast)
    before = len(list(db.session.scalars(select(Notice))))
    for to, subject in ((reply_address(ticket.reply_token), "Re: x"), (SUPPORT, f"[受付番号:{ticket.reference}] x")):
        assert write(CAROL, to, subject, f"まだいます {subject}") == Disposition.new_ticket
        fresh = newest()
        assert (fresh.queue, fresh.customer_id, fresh.requester_id) == (Queue.unmatched, None, None)
    assert len(list(db.session.scalars(select(Notice)))) == before, "and gets no receipt"
    assert db.session.scalars(select(TicketLink.kind)).first() == LinkKind.related
    assert cast.dana.post(f"/desk/tickets/{newest().reference}/customer", {"customer": cast.acme.id}).status_code == 302
    assert newest().requester_id is None


def test_a_right_to_instruct_that_is_taken_ends_mails_about_alerts(cast: Cast, mailbox: Sink) -> None:
    alice, other = cast.contact("alice"), an_inquiry(cast.contact("alice"))
    ticket = an_alert(cast.acme)
    reported(ticket, cast.user("dana"), alice)
    assert ticket.requester_id == alice.id
    press(cast.root, f"/admin/customers/{cast.acme.id}/contacts/{alice.id}", "保存", told=None, instructs=None)
    assert ticket.addressee is None
    assert reply(ticket, cast.user("dana"), "続報です").notice is None
    subjects = sent_to(mailbox, "alice@acme.example")
    assert not [subject for subject in subjects if ticket.reference in subject]
    assert [subject for subject in subjects if other.reference in subject], "her own inquiries go on"
    write("alice@acme.example", reply_address(ticket.reply_token), "Re: x", "承認します")
    assert newest().id != ticket.id


def test_a_closed_person_gets_no_right_and_is_no_choice(cast: Cast) -> None:
    contact = cast.contact("carol")
    contact.close(SYSTEM)
    db.session.commit()
    form = {"name": contact.name, "email": contact.email, "shown": shown_of(contact), "told": "y"}
    page = f"/admin/customers/{cast.acme.id}/contacts/{contact.id}"
    assert cast.root.post(page, form | {"way": "mail", "language": "ja", "role": ""}).status_code == 422
    assert not contact.told_of_alerts
    ticket = an_inquiry(cast.contact("bob"))
    assert cast.dana.post(f"/desk/tickets/{ticket.reference}/requester", {"contact": contact.id}).status_code == 409
    assert f'value="{contact.id}"' not in cast.dana.get("/desk/phone").text
    assert "終了" in cast.root.get(f"/admin/customers/{cast.acme.id}").text
    same = {"name": "別人", "email": CAROL, "language": "ja", "role": ""}
    assert cast.root.post(f"/admin/customers/{cast.acme.id}/contacts", same).status_code == 422


@WAYS
def test_reopening_gives_back_what_is_not_a_right_of_its_own(cast: Cast, close: Callable[[Cast], None]) -> None:
    close(cast)
    contact = cast.contact("carol")
    assert cast.root.post(f"/admin/customers/{cast.acme.id}/contacts/{contact.id}/reopening").status_code == 302
    assert write(CAROL, SUPPORT, "ただいま", "戻りました") == Disposition.new_ticket
    assert newest().requester_id == contact.id
    assert not db.session.get_one(Contact, contact.id).sees_alerts
    assert not cast.user("carol").active


def test_an_account_that_is_opened_again_is_written_to_again(cast: Cast) -> None:
    close_account(cast)
    cast.root.post(f"/admin/users/{cast.user('carol').id}/activation")
    assert not cast.contact("carol").closed


def test_a_colleagues_ticket_is_untouched(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("bob"))
    close_contact(cast)
    assert reply(db.session.get_one(Ticket, ticket.id), cast.user("dana"), "ご案内です").notice is not None
