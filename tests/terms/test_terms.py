"""Terms and menu: versions that anybody reads, thirty days ahead, in force and accepted apart (1-5, 17; R60)."""

from collections.abc import Callable
from datetime import date, datetime
from io import BytesIO

import pytest

from helpdesk.announcements.jobs import announce
from helpdesk.announcements.models import Announcement
from helpdesk.articles import html_of_article, html_of_terms
from helpdesk.audit.models import SYSTEM
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.settings.changing import change_settings
from helpdesk.terms.models import (
    AcceptedWay,
    TermsKind,
    TermsVersion,
    accept,
    acceptances,
    coming,
    in_force,
    version_of,
    versions_of,
)
from helpdesk.terms.publishing import TermsWords, compared, drop_draft, publish, save_draft
from tests.conftest import Cast, Person
from tests.manuals.files import a_pdf

Move = Callable[[str], datetime]
BODY = "## 第1条 定義\n\n1. 「本サービス」とは、運用の代行をいいます。\n2. <script>alert(1)</script>\n"


def a_draft(day: str, kind: TermsKind = TermsKind.terms, body: str = BODY, changed: str = "") -> TermsVersion:
    words = TermsWords("利用規約", body, "附則\n本規約は実施します。", changed, date.fromisoformat(day))
    return save_draft(SYSTEM, kind, words)


def posted(day: str, kind: TermsKind = TermsKind.terms, body: str = BODY, changed: str = "文言の整理") -> TermsVersion:
    version = a_draft(day, kind, body, changed)
    publish(SYSTEM, version, history=day < "2026-11-24")
    return version


def test_the_first_version_and_those_of_the_past_need_no_notice(cast: Cast, visitor: Person) -> None:
    assert "まだ掲載していません" in visitor.get("/terms").text
    posted("2022-03-15")
    posted("2024-04-15", body=BODY.replace("代行", "代行および管理"))
    page = visitor.get("/terms").text
    assert "第2版" in page and "管理" in page
    assert "&lt;script&gt;" in page and "<script>alert(1)" not in page
    assert "管理" not in visitor.get("/terms/1").text.split("すべての版")[0].split("行ごとの違い")[0]
    assert visitor.get("/terms/3").status_code == 404
    assert not db.session.scalars(db.select(Notice).where(Notice.template == "terms_change")).all()


def test_a_change_is_told_thirty_days_before_it_holds(cast: Cast, at: Move) -> None:
    posted("2024-04-15")
    draft = a_draft("2026-12-23", changed="料金の条")
    with pytest.raises(Refusal, match="17-3"):
        publish(SYSTEM, draft)
    draft.effective_on = date(2026, 12, 24)
    publish(SYSTEM, draft)
    mails = db.session.scalars(db.select(Notice).where(Notice.template == "terms_change")).all()
    assert draft.told == len(mails) > 0
    assert "2026年12月24日(木)" in mails[0].body and "料金の条" in mails[0].body and "/terms/2" in mails[0].body
    day = date(2026, 12, 23)
    held, next_one = in_force(TermsKind.terms, day), coming(TermsKind.terms, day)
    assert held is not None and next_one is not None
    assert (held.number, next_one.number) == (1, 2)
    held = in_force(TermsKind.terms, date(2026, 12, 24))
    assert held is not None
    assert held.number == 2


def test_what_is_published_stays_and_a_draft_is_nobodys(cast: Cast, visitor: Person) -> None:
    version = posted("2024-04-15")
    words = TermsWords("x", "y", "", "", date(2027, 1, 1))
    for change in (lambda: save_draft(SYSTEM, TermsKind.terms, words, version), lambda: drop_draft(SYSTEM, version)):
        with pytest.raises(Refusal):
            change()
    with pytest.raises(Refusal):
        publish(SYSTEM, version)
    draft = a_draft("2027-01-01")
    assert visitor.get(f"/terms/{draft.number}").status_code == 404
    with pytest.raises(Refusal):
        publish(SYSTEM, draft)
    drop_draft(SYSTEM, draft)
    assert [one.number for one in versions_of(TermsKind.terms, drafts=True)] == [1]


def test_the_menu_has_its_own_versions_and_holds_at_once(cast: Cast, visitor: Person) -> None:
    posted("2024-04-15", TermsKind.menu)
    publish(SYSTEM, a_draft("2026-11-24", TermsKind.menu, changed="表の追加", body="| a | b |\n|---|---|\n| 1 | 2 |\n"))
    assert "<td>1</td>" in visitor.get("/service-menu").text
    assert version_of(TermsKind.terms, 1) is None


def test_accepted_is_on_record_once_a_version_and_customer(cast: Cast) -> None:
    version = posted("2024-04-15")
    bob = cast.bob
    assert "この版に同意する" in bob.get("/portal/contract").text
    for _click in range(2):
        assert bob.post("/portal/contract/terms/1/acceptance").status_code == 302
    (row,) = acceptances()
    assert (row.customer_id, row.name, row.way) == (cast.acme.id, "高橋 直人", AcceptedWay.portal)
    assert "高橋 直人 様が" in bob.get("/portal/contract").text
    assert bob.post("/portal/contract/terms/2/acceptance").status_code == 404
    other = cast.contact("charlie")
    accept(SYSTEM, version, other.customer, other, AcceptedWay.paper)
    db.session.commit()
    sheet = cast.erin.get("/desk/terms/acceptances/csv").text
    assert cast.acme.name in sheet and other.customer.name in sheet
    with pytest.raises(Refusal):
        accept(SYSTEM, a_draft("2027-01-01"), cast.acme, None, AcceptedWay.paper)


def test_a_version_is_written_on_the_page_and_nothing_typed_is_lost(cast: Cast) -> None:
    erin = cast.erin
    words = {"title": "利用規約", "effective_on": "2024-04-15", "body": BODY, "supplement": "", "changed": ""}
    wrong = erin.post("/desk/terms/new/terms", words | {"effective_on": "9999-01-01", "title": "めずらしい規約"})
    assert wrong.status_code == 422
    assert "めずらしい規約" in wrong.text and "第1条 定義" in wrong.text
    kept = erin.post("/desk/terms/new/terms", words)
    assert kept.status_code == 302
    assert erin.post(f"{kept.location}/publication", words | {"history": "y"}).status_code == 302
    begun = erin.get("/desk/terms/new/terms").text
    assert "第1条 定義" in begun and "2026-12-24" in begun, "it begins from the newest, thirty days ahead"
    again = erin.post("/desk/terms/new/terms", words | {"changed": "条文の追加", "effective_on": "2026-12-01"})
    early = erin.post(f"{again.location}/publication", words | {"changed": "条文の追加", "effective_on": "2026-12-01"})
    assert early.status_code == 409
    assert "条文の追加" in early.text
    assert erin.post(f"{again.location}/removal").status_code == 302
    assert erin.get("/desk/terms").status_code == 200


def test_lines_that_differ_are_shown_with_their_neighbours() -> None:
    before = "\n".join(f"第{n}条" for n in range(1, 20))
    shown = list(compared(before, before.replace("第10条", "第10条 改正")))
    assert [(one.words, one.how) for one in shown] == [
        ("第8条", ""),
        ("第9条", ""),
        ("第10条", "removed"),
        ("第10条 改正", "added"),
        ("第11条", ""),
        ("第12条", ""),
    ]
    assert list(compared(before, before)) == []


@pytest.mark.parametrize("words", ["<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "![](http://x)", "<b>x"])
def test_no_tag_and_no_link_is_let_through(words: str) -> None:
    made = html_of_terms(words)
    for sign in ("<img", "<a ", "<b>", "href"):
        assert sign not in made


def test_who_handles_the_contract_is_asked_at_the_sign_in(cast: Cast, visitor: Person) -> None:
    posted("2024-04-15")
    form = {"email": "bob@acme.example", "password": "demo"}
    assert "/portal/terms" not in visitor.post("/sign-in", form).location, "nobody is asked where it is not wanted"
    change_settings(SYSTEM, {"ask_terms_at_sign_in": True})
    answer = visitor.post("/sign-in?next=/portal/tickets", form)
    assert answer.location.startswith("/portal/terms?next=/portal/tickets")
    page = visitor.get(answer.location).text
    assert "第1条 定義" in page and "あとで" in page
    onward = visitor.post("/portal/terms/1/acceptance", {"next": "/portal/tickets"})
    assert onward.location == "/portal/tickets"
    (row,) = acceptances()
    assert (row.way, row.contact_id) == (AcceptedWay.sign_in, cast.contact("bob").id)
    assert visitor.post("/sign-in", form).location == "/portal/", "once is enough"
    assert visitor.get("/portal/terms?next=https://evil.example").location == "/portal/"
    carol = Person(cast.app.test_client())
    assert carol.post("/sign-in", form | {"email": "carol@acme.example"}).location == "/portal/"


def test_each_person_accepts_for_themselves(cast: Cast) -> None:
    version = posted("2024-04-15")
    for name in ("bob", "alice", "bob"):
        accept(SYSTEM, version, cast.acme, cast.contact(name), AcceptedWay.portal)
    db.session.commit()
    assert sorted(row.name for row in acceptances()) == sorted([cast.contact("bob").name, cast.contact("alice").name])


def test_an_application_says_which_versions_were_agreed_to(cast: Cast) -> None:
    posted("2024-04-15")
    posted("2024-05-15", TermsKind.menu)
    erin, url = cast.erin, f"/desk/contracts/{cast.acme.id}"
    assert "第1版" in erin.get(url).text
    form = {"apply-plan": "プラン 50", "apply-clients": "50", "apply-address": "a@acme.example"}
    form |= {"apply-applied_on": "2026-11-24", "apply-edition": "essentials", "apply-origin": "reseller"}
    answer = erin.post(f"{url}/applications", form | {"apply-terms_version": "1", "apply-menu_version": "1"})
    assert answer.status_code == 302, answer.text
    assert {(row.version.kind, row.way, row.name) for row in acceptances()} == {
        (TermsKind.terms, AcceptedWay.application, "a@acme.example"),
        (TermsKind.menu, AcceptedWay.application, "a@acme.example"),
    }
    assert erin.post(f"{url}/applications", form | {"apply-terms_version": "7"}).status_code == 422


def test_a_version_may_be_the_provider_s_own_pdf(cast: Cast, visitor: Person) -> None:
    erin = cast.erin
    form = {"title": "利用規約", "effective_on": "2024-04-15", "body": "", "supplement": "", "changed": ""}
    rubbish = {"document": (BytesIO(b"no pdf"), "terms.pdf")}
    wrong = erin.post("/desk/terms/new/terms", form | rubbish, content_type="multipart/form-data")
    assert wrong.status_code == 409
    assert "PDF" in wrong.text
    assert erin.post("/desk/terms/new/terms", form).status_code == 409, "neither a text nor a PDF"
    made = {"document": (BytesIO(a_pdf()), "terms.pdf")}
    kept = erin.post("/desk/terms/new/terms", form | made, content_type="multipart/form-data")
    assert kept.status_code == 302
    version = db.session.scalars(db.select(TermsVersion)).one()
    assert version.body
    assert visitor.get("/terms/1/document.pdf").status_code == 404
    publish(SYSTEM, version, history=True)
    db.session.commit()
    document = visitor.get("/terms/1/document.pdf")
    assert document.data.startswith(b"%PDF")
    assert document.headers["Content-Disposition"].startswith("attachment")
    assert "/terms/1/document.pdf" in visitor.get("/terms").text


def test_a_change_stands_above_the_portal_until_it_holds(cast: Cast, at: Move) -> None:
    posted("2024-04-15")
    posted("2026-12-24", changed="第1条の文言")
    db.session.commit()
    for announcement_id, turn in Announcement.queue_due():
        announce(announcement_id, turn)
    alice = cast.alice
    assert "利用規約の変更 (2026年12月24日(木) から)" in alice.get("/portal/").text
    at("2026-12-25T09:00:00+09:00")
    assert "利用規約の変更 (" not in alice.get("/portal/").text


def test_history_is_no_way_around_the_thirty_days(cast: Cast, at: Move) -> None:
    posted("2024-04-15")
    at("2026-11-26T10:00:00+09:00")
    late = a_draft("2026-11-26", changed="不利な条項")
    with pytest.raises(Refusal):
        publish(SYSTEM, late, history=True)
    for day in (date(2025, 4, 1), date(2024, 4, 15)):
        late.effective_on = day
        with pytest.raises(Refusal):
            publish(SYSTEM, late, history=True)
    late.effective_on = date(2023, 4, 1)
    publish(SYSTEM, late, history=True)
    assert in_force(TermsKind.terms, date(2026, 11, 26)) is not late


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:image/png;base64,x", "//evil.example", "ms-msdt:/id"])
def test_articles_lead_to_pages_and_addresses_only(url: str) -> None:
    assert "<a " not in html_of_article(f"[x]({url}) <{url}>")
    assert 'href="https://x.example"' in html_of_article("[x](https://x.example)")


def test_nobody_accepts_for_the_organisation_who_does_not_handle_its_contract(cast: Cast) -> None:
    posted("2024-04-15")
    assert cast.carol.post("/portal/terms/1/acceptance").status_code == 404
    assert acceptances() == []
