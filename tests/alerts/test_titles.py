"""What an alert is called: by its findings, in the reader's language, letters that turn around seen (D8, A13)."""

from sqlalchemy import select

from helpdesk.alerts.models import alert_of
from helpdesk.audit.models import SYSTEM
from helpdesk.customers.models import Language
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.titles import titled_in
from tests.conftest import Cast
from tests.making import SHA, an_alert, an_inquiry, reported

FAILED = f"Event type: Quarantine Failure\nFile name: invoice_2611.exe\nSHA-256: {SHA}\n"


def test_the_title_says_what_became_of_which_file_where(cast: Cast) -> None:
    ticket = an_alert(cast.acme, f"{FAILED}Computer: PC-1\n", subject="Matching Events Found On PC-1")
    assert "隔離に失敗: invoice_2611.exe(PC-1)" in cast.dana.get("/desk/queues/alerts").text
    page = cast.alice.get(f"/portal/tickets/{ticket.reference}").text
    assert "<h1>隔離に失敗: invoice_2611.exe(PC-1)" in page


def test_a_storm_is_named_by_all_of_it_and_by_the_worst(cast: Cast) -> None:
    detected = FAILED.replace("Quarantine Failure", "Threat Detected")
    ticket = an_alert(cast.acme, f"{detected}Computer: PC-1\n")
    for number in range(2, 7):
        an_alert(cast.acme, f"{FAILED if number == 6 else detected}Computer: PC-{number}\n")
    assert titled_in("en", ticket.subject, ticket.title) == "Quarantine failed: invoice_2611.exe (6 computers)"
    assert "隔離に失敗: invoice_2611.exe(6台)" in cast.dana.get(f"/desk/tickets/{ticket.reference}").text


def test_mails_are_titled_in_the_language_of_who_gets_them(cast: Cast) -> None:
    ticket = an_alert(cast.acme, f"{FAILED}Computer: PC-1\n")
    reported(ticket, cast.user("dana"), cast.contact("alice"))
    cast.contact("alice").language = Language.en
    reported(ticket, cast.user("dana"), cast.contact("alice"))
    first, second = db.session.scalars(select(Notice).order_by(Notice.id)).all()
    assert "隔離に失敗: invoice_2611.exe(PC-1)" in first.subject
    assert "Quarantine failed: invoice_2611.exe (PC-1)" in second.subject


def test_letters_that_turn_around_are_seen(cast: Cast) -> None:
    name = "seikyu_\u202efdp.exe"
    ticket = an_alert(cast.acme, FAILED.replace("invoice_2611.exe", name) + "Computer: PC-1\n")
    for person, area in ((cast.dana, "desk"), (cast.alice, "portal")):
        page = person.get(f"/{area}/tickets/{ticket.reference}")
        heading = page.text.split("<h1>")[1].split("</h1>")[0]
        assert "\u202e" not in heading
        assert "seikyu_[U+202E]fdp.exe" in heading


def test_the_consoles_words_are_folded_and_a_persons_are_not(cast: Cast) -> None:
    ticket = an_alert(cast.acme, f"{FAILED}Computer: PC-1\n")
    page = cast.alice.get(f"/portal/tickets/{ticket.reference}").text
    assert "管理画面からのメッセージ(原文)" in page
    assert ticket.preview == ""
    cast.alice.post(f"/portal/tickets/{ticket.reference}/messages", {"body": "調査をお願いします"})
    assert ticket.preview == "調査をお願いします"


def test_what_has_no_findings_keeps_its_subject(cast: Cast) -> None:
    assert an_alert(cast.acme, "まったく別の形式", subject="何かのお知らせ").headline == "何かのお知らせ"
    assert an_inquiry(cast.contact("alice"), "質問の件名").headline == "質問の件名"
    ticket = an_alert(cast.acme, f"{FAILED}Computer: PC-1\n")
    ticket.close(SYSTEM)
    assert alert_of(ticket).ticket.headline
