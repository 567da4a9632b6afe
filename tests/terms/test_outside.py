"""Cases of somebody who tried the running product: two at one draft, numbers, the past, who is told (R60)."""

import re
from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import select, update

from helpdesk.articles import html_of_terms, too_deep
from helpdesk.audit.models import SYSTEM
from helpdesk.contracts.telling import contract_people
from helpdesk.customers.models import Contact
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.terms.models import AcceptedWay, TermsKind, TermsVersion, accept, asked_of, versions_of
from helpdesk.terms.publishing import compared, not_accepted, publish, stamp_of, version_before
from tests.conftest import Cast, Person
from tests.manuals.files import a_pdf
from tests.terms.test_terms import a_draft, posted

FORM = {"title": "規約", "effective_on": "2027-01-01", "changed": "料金の条", "body": "本文", "supplement": "附則1"}


def test_two_who_write_at_one_draft_do_not_cover_each_other(cast: Cast) -> None:
    draft = a_draft("2027-01-01", changed="x")
    db.session.commit()
    url, seen = f"/desk/terms/versions/{draft.id}", stamp_of(draft)
    assert seen in cast.erin.get(url).text
    assert cast.erin.post(url, FORM | {"body": "エリンの文", "seen": seen}).status_code == 302
    page = cast.root.post(url, FORM | {"body": "ルートの文", "supplement": "ルートの附則", "seen": seen})
    assert page.status_code == 409
    assert all(words in page.text for words in ("エリンの文", "ルートの文", "ルートの附則", "変更しました"))
    db.session.refresh(draft)
    assert draft.body == "エリンの文"
    assert stamp_of(draft) in page.text, "the second time they know"
    assert cast.root.post(url, FORM | {"body": "両方の文", "seen": stamp_of(draft)}).status_code == 302
    assert cast.erin.post(f"{url}/publication", FORM | {"seen": seen}).status_code == 409, "not what was looked at"


def test_what_was_typed_stands_on_the_page_of_a_draft_that_was_published_meanwhile(cast: Cast) -> None:
    draft = a_draft("2027-01-01", changed="x")
    publish(SYSTEM, draft)
    db.session.commit()
    page = cast.erin.post(f"/desk/terms/versions/{draft.id}", FORM | {"changed": "変わるところの説明"})
    assert page.status_code == 409
    assert all(words in page.text for words in ("変わるところの説明", "附則1", "本文"))


def test_numbers_follow_the_publications_and_each_is_compared_with_the_one_before(cast: Cast, visitor: Person) -> None:
    posted("2024-04-15")
    days = ("2027-03-01", "2027-02-01", "2027-01-01")
    _left, early, late = (a_draft(day, body=f"本文 {day}\n同じ行", changed="x") for day in days)
    publish(SYSTEM, late)
    publish(SYSTEM, early)
    assert (late.number, early.number) == (2, 3)
    assert version_before(early) is late
    assert sorted(one.number for one in db.session.scalars(select(TermsVersion))) == [1, 2, 3, 4]
    db.session.commit()
    assert "本文 2027-01-01" in visitor.get("/terms/3").text.split("行ごとの違い")[1]
    assert [one.number for one in versions_of(TermsKind.terms)] == [3, 2, 1]


def test_a_change_of_the_supplement_alone_shows(cast: Cast, visitor: Person) -> None:
    first = posted("2024-04-15")
    draft = a_draft("2027-01-01", body=first.body, changed="x")
    draft.supplement = "附則だけの変更です"
    publish(SYSTEM, draft)
    db.session.commit()
    assert "<ins>附則だけの変更です</ins>" in visitor.get(f"/terms/{draft.number}").text


def test_long_texts_are_compared_in_a_moment() -> None:
    before = "\n\n".join(f"第{n}条 同じ文" for n in range(3_000))
    after = "\n\n".join(f"第{n}条 {'変えた文' if n % 5 == 0 else '同じ文'}" for n in range(3_000))
    assert sum(line.how == "added" for line in compared(before, after)) >= 600


def test_nobody_s_terms_change_unheard(cast: Cast) -> None:
    theirs = select(Contact.id).where(Contact.customer_id == cast.acme.id)
    db.session.execute(update(Contact).where(Contact.id.in_(theirs)).values(handles_contract=False))
    assert cast.contact("bob") in contract_people(cast.acme.id), "the administrator can accept, so is told"
    globex = cast.contact("charlie")
    globex.may_instruct = globex.handles_contract = False
    db.session.flush()
    assert contract_people(globex.customer_id) == [globex]


def test_the_version_in_force_is_asked_for_though_another_comes(cast: Cast) -> None:
    held = posted("2024-04-15")
    draft = a_draft("2027-01-01", changed="x")
    publish(SYSTEM, draft)
    db.session.commit()
    bob, day = cast.contact("bob"), date(2026, 11, 24)
    assert asked_of(bob, day) is held
    page = cast.bob.get("/portal/contract").text
    assert page.count("この版を承諾") == 2 or page.count("acceptance") == 2
    accept(bob.as_actor(), held, cast.acme, bob, AcceptedWay.portal)
    db.session.flush()
    assert asked_of(bob, day) is draft


def test_who_has_not_accepted_is_named(cast: Cast) -> None:
    held = posted("2024-04-15")
    db.session.commit()
    assert cast.acme.name in not_accepted(held)
    assert cast.acme.name in cast.erin.get("/desk/terms").text.split("まだ承諾していない")[1].split("</details>")[0]
    accept(cast.contact("bob").as_actor(), held, cast.acme, cast.contact("bob"), AcceptedWay.portal)
    db.session.commit()
    assert cast.acme.name not in not_accepted(held)


def test_the_page_that_asks_shows_all_of_it(cast: Cast) -> None:
    first = posted("2024-04-15")
    first.supplement = "附則の全文"
    db.session.commit()
    page = cast.bob.get("/portal/terms").text
    assert "附則の全文" in page
    assert f"/terms/{first.number}" in page


def test_a_second_publication_is_refused_and_mails_nobody(cast: Cast) -> None:
    posted("2024-04-15")
    draft = a_draft("2027-01-01", changed="x")
    publish(SYSTEM, draft)
    told = db.session.query(Notice).filter_by(template="terms_change").count()
    with pytest.raises(Refusal):
        publish(SYSTEM, draft)
    assert db.session.query(Notice).filter_by(template="terms_change").count() == told > 0


def test_a_new_pdf_brings_its_text_and_can_be_taken_off(cast: Cast) -> None:
    draft = a_draft("2027-01-01", changed="x")
    db.session.commit()
    url = f"/desk/terms/versions/{draft.id}"
    pdf = {"document": (BytesIO(a_pdf()), "terms.pdf")}
    given = FORM | {"body": "古い文"} | pdf
    assert cast.erin.post(url, given, content_type="multipart/form-data").status_code == 302
    db.session.refresh(draft)
    assert draft.pdf_sha256
    assert draft.body != "古い文"
    assert cast.erin.post(url, FORM | {"without_pdf": "y"}).status_code == 302
    db.session.refresh(draft)
    assert draft.pdf_sha256 is None


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        ("> " * 20 + "見える", False),
        ("> " * 21 + "見えない", True),
        ("\n".join("  " * level + "- 項" for level in range(20)), False),
        ("\n".join("  " * level + "- 項" for level in range(40)), True),
        ("    コード\n- a\n  - b", False),
    ],
)
def test_what_would_not_be_shown_is_refused(cast: Cast, text: str, deep: bool) -> None:
    assert too_deep(text) == deep
    if deep:
        with pytest.raises(Refusal):
            a_draft("2027-01-01", body=text)
    else:
        assert re.sub(r"[>\s-]", "", text)[-1] in html_of_terms(text)
