"""What a review by an attacker's eye found, each kept from coming back."""

import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.audit.models import SYSTEM, AuditEvent
from helpdesk.extensions import db
from helpdesk.folding import compact
from helpdesk.intake.receiving import receive_inquiry
from helpdesk.manuals.models import ManualSection, current_manuals
from helpdesk.manuals.pdfs import read_pdf
from helpdesk.manuals.reading import Trouble, keys_of, reflow
from helpdesk.manuals.web_pages import read_html, read_zip
from helpdesk.search.finding import index_messages
from helpdesk.tickets.kinds import Channel, TicketKind, Verdict
from helpdesk.tickets.messages import Message
from helpdesk.tickets.opening import Opening
from helpdesk.triage.auto_answers import AutoAnswer, answer
from helpdesk.triage.deciding import contest, decide, sections_of
from helpdesk.triage.dry_run import recent_inquiries
from helpdesk.triage.figures import figures
from helpdesk.triage.lessons import active_model, learn_if_new
from helpdesk.triage.questions import own_words, split_questions
from tests.conftest import TUESDAY_NOON, Cast
from tests.making import an_inquiry
from tests.manuals.files import a_pdf, an_import
from tests.manuals.test_importing import imported, published
from tests.timing import processor_time

LONG = "x " + "a" * 2_100 + ".b"


def test_one_long_word_stops_neither_the_portal_nor_the_index(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    assert cast.alice.post(f"/portal/tickets/{ticket.reference}/messages", data={"body": LONG}).status_code == 302
    db.session.execute(update(Message).values(terms=None))
    db.session.commit()
    assert index_messages() == 2


def test_a_published_edition_is_nowhere_before_its_first_day(cast: Cast) -> None:
    now = published(cast, edition="1")
    chapters = [("2. Zebra settings", "From next year on.")]
    later = imported(
        cast, a_pdf(chapters=chapters), edition="2", valid_from=clock.now().date() + timedelta(days=300)
    ).manual
    assert later is not None
    later.publish(cast.user("erin").actor())
    db.session.commit()
    page = cast.alice.get("/portal/manual/guide.zebra-settings").text
    assert "switched on under Display" in page
    assert "引用した版" not in page
    assert cast.alice.get(f"/portal/manual/guide.zebra-settings?edition={later.id}").status_code == 404
    draft = db.session.scalars(select(ManualSection.id).where(ManualSection.manual_id == later.id)).first()
    assert cast.alice.get(f"/portal/manual-sections/{draft}").status_code == 404
    assert cast.alice.get(f"/portal/manual-originals/{later.id}").status_code == 404
    assert cast.alice.get(f"/portal/manual-originals/{now.id}").status_code == 200


def test_withdrawing_an_edition_brings_no_older_one_back(cast: Cast) -> None:
    published(cast, edition="1", valid_from=date(2026, 1, 1))
    newest = published(cast, edition="2", valid_from=date(2026, 6, 1))
    newest.withdraw(SYSTEM, clock.now().date() - timedelta(days=1))
    db.session.commit()
    assert "guide" not in [manual.series for manual in current_manuals()]


def test_drafts_are_not_withdrawn_and_no_last_day_lies_before_the_first(cast: Cast) -> None:
    draft, manual = imported(cast, a_pdf()).manual, published(cast, edition="2")
    assert draft is not None
    assert cast.erin.post(f"/desk/manuals/{draft.id}/withdrawal", data={"last_day": "2030-01-01"}).status_code == 409
    assert cast.erin.post(f"/desk/manuals/{manual.id}/withdrawal", data={"last_day": "0001-01-01"}).status_code == 409


def test_a_version_taken_back_stays_until_something_new_is_decided(cast: Cast) -> None:
    first = active_model()
    assert first is not None
    ticket = an_inquiry(cast.contact("alice"))
    decide(ticket, cast.user("dana"), Verdict.in_scope, "")
    assert learn_if_new(SYSTEM) is not None
    first.activate(SYSTEM)
    db.session.commit()
    assert learn_if_new(SYSTEM) is None
    assert active_model() is first


def test_keys_never_meet() -> None:
    keys = keys_of("g", ["Logs", "Logs", "Logs 2", "A.1 Logs", "30 days", "60 days"])
    assert len(set(keys)) == len(keys)
    assert keys[3] == "g.logs-3"
    assert keys[4:] == ["g.30-days", "g.60-days"]


def zipped(name: str, content: bytes, *, spoil: bool = False) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    made = bytearray(out.getvalue())
    if spoil:
        made[len(name) + 34 : len(name) + 44] = b"\xff" * 10
    return bytes(made)


def test_broken_files_are_refused_not_tried_again() -> None:
    read_html(b"<h1>a</h1>b<![if x<y]>t<![foo[x]]>")
    assert read_zip(zipped("a.html", b"<h1>a</h1>" + b"word " * 500, spoil=True)).refused
    assert read_zip(zipped("a.html", b"<p>" + b"0" * 4_000_000)).troubles[0].what == Trouble.too_long


@pytest.mark.parametrize(
    "work",
    [
        lambda: read_html(b"<!--" * 200_000),
        lambda: reflow("ああああああああああ\n" * 100_000),
        lambda: compact(" " * 200_000 + "x"),
        lambda: own_words("\n" * 20_000 + "-" * 20_000),
        lambda: split_questions("\n" * 20_000 + "1. " * 7_000),
    ],
)
def test_hostile_texts_take_linear_time(work: Callable[[], object]) -> None:
    with processor_time() as taken:
        work()
    assert taken() < 3


def test_headings_without_words_and_words_before_headings_are_kept() -> None:
    found = read_html(b"<p>Important warning</p><h1>Chapter</h1><h2>S</h2>text")
    assert [(one.title, one.text) for one in found.sections] == [
        ("-", "Important warning"),
        ("Chapter", ""),
        ("S", "text"),
    ]


def test_an_outline_that_leads_back_is_followed_forward_only() -> None:
    pages = [one.page for one in read_pdf(a_pdf()).sections]
    assert pages == sorted(pages)


def willing(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    cast.acme.set_auto_answer(SYSTEM, 80)
    db.session.commit()


def test_where_no_receipt_may_go_no_answer_goes_by_itself(cast: Cast, at: Callable[[str], datetime]) -> None:
    willing(cast, at)
    contact = cast.contact("alice")
    opening = Opening(
        kind=TicketKind.inquiry,
        subject="CSVエクスポートの方法を教えてください",
        body="手順を教えてください。",
        channel=Channel.mail,
        customer=contact.customer,
        requester=contact,
    )
    receive_inquiry(contact.as_actor(), opening, acknowledged=False)
    db.session.commit()
    assert db.session.scalars(select(AutoAnswer)).all() == []


@pytest.mark.parametrize("change", ["threshold", "contract"])
def test_an_answer_is_weighed_again_when_it_goes_and_its_end_is_on_record(
    cast: Cast, at: Callable[[str], datetime], change: str
) -> None:
    willing(cast, at)
    ticket = an_inquiry(cast.contact("alice"), "CSVエクスポートの方法を教えてください")
    row = db.session.scalars(select(AutoAnswer)).one()
    if change == "threshold":
        cast.acme.auto_answer_from = 100
    else:
        ticket.covered = False
    assert not answer(row)
    dropped = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "auto_answer.dropped")).one()
    assert dropped.details["why"]
    assert not ticket.closed


def test_what_went_by_itself_is_no_agents_decision(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    sections = sections_of(["application-allow"])
    decide(ticket, None, Verdict.manual_reference, "", answer="x", sections=sections)
    db.session.commit()
    assert [one.decided for one in recent_inquiries()] == [None]
    contest(ticket, cast.user("alice").actor(), "")
    decide(ticket, cast.user("dana"), Verdict.in_scope, "")
    db.session.commit()
    assert figures().told == {(Verdict.manual_reference, Verdict.in_scope): 1}
    assert [one.decided for one in recent_inquiries()] == [Verdict.in_scope]


def test_what_a_rule_says_is_on_record_and_a_mark_is_no_word(cast: Cast) -> None:
    rule = {"verdict": "in_scope", "words": "ー", "reason_ja": "あ", "reason_en": "b", "clause": "1", "active": "y"}
    assert cast.erin.post("/desk/rules/new", data=rule).status_code == 422
    assert cast.erin.post("/desk/rules/new", data=rule | {"words": "観覧車"}).status_code == 302
    added = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "rule.added")).one()
    assert (added.details["verdict"], added.details["words"], added.details["clause"]) == ("in_scope", ["観覧車"], "1")


def test_odd_file_names_are_cleaned(cast: Cast) -> None:
    said = {"title": "t", "series": "guide", "edition": "1", "language": "en", "valid_from": "2026-11-01"}
    for name in ("a\x00b.pdf", "x" * 300 + ".pdf"):
        files = {"file": (BytesIO(a_pdf()), name)}
        assert (
            cast.erin.post("/desk/manuals/", data=said | files, content_type="multipart/form-data").status_code == 302
        )


def test_an_excerpt_of_a_long_list_is_short(cast: Cast) -> None:
    chapters = [("Zebra list", "zebra " + "stripe, " * 5_000)]
    manual = imported(cast, a_pdf(chapters=chapters)).manual
    assert manual is not None
    manual.publish(SYSTEM)
    db.session.commit()
    ticket = an_inquiry(cast.contact("alice"), "Where is the zebra list? Zebra stripes")
    from_guide = [p for p in ticket_places(ticket.id) if p["key"].startswith("guide.")]
    assert from_guide and all(len(place["sentence"]["en"]) <= 300 for place in from_guide)


def ticket_places(ticket_id: int) -> list[dict[str, object]]:
    rows = db.session.execute(db.text("SELECT places FROM ticket_assessments WHERE ticket_id = :id"), {"id": ticket_id})
    return list(rows.scalar_one())


def test_pages_beyond_the_last_match_lead_back(cast: Cast) -> None:
    an_inquiry(cast.contact("alice"), "夕張の件")
    assert "最初の一致へ" in cast.dana.get("/desk/search/?q=夕張&from=50").text


def test_importing_the_same_file_twice_gives_two_drafts(cast: Cast) -> None:
    content = a_pdf()
    one, other = an_import(cast.user("erin"), content), an_import(cast.user("erin"), content)
    assert one.sha256 == other.sha256
    assert one.id != other.id
