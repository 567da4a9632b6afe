"""One language for a person's pages and mails (V9)."""

from sqlalchemy import select

from helpdesk.customers.models import Language
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.answering import reply
from tests.conftest import Cast
from tests.making import an_inquiry


def test_mails_follow_the_language_of_the_pages(cast: Cast) -> None:
    cast.alice.post("/account/language", {"language": "en"})
    assert cast.contact("alice").language == Language.en
    reply(an_inquiry(cast.contact("alice")), cast.user("dana"), "Here is the answer.")
    mails = db.session.scalars(select(Notice).order_by(Notice.id)).all()
    assert [mail.subject.startswith("[Reference:") for mail in mails] == [True, True]
    cast.alice.post("/account/language", {"language": "ja"})
    assert cast.contact("alice").language == Language.ja
