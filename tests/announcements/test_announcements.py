"""Announcements reach those they are for, on the portal, on a page anybody reads and by mail (R64)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from helpdesk import clock
from helpdesk.announcements import jobs
from helpdesk.announcements.jobs import announce
from helpdesk.announcements.models import Announcement, AnnouncementKind, AnnouncementMail, AnnouncementState, Audience
from helpdesk.announcements.publishing import AnnouncementWords, deliveries, hold, plan, withdraw, write
from helpdesk.audit.models import SYSTEM
from helpdesk.contracts.life import contract_now
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from tests.conftest import Cast, Person

BEGINS = datetime(2026, 12, 1, 13, 0, tzinfo=UTC)
FORM = {
    "kind": "maintenance",
    "title_ja": "定期メンテナンスのお知らせ",
    "body_ja": "**12月1日**に作業します。\n\n- 受付は[ポータル](https://desk.example/)から\n\n<script>alert(1)</script>",
    "title_en": "Maintenance on 1 December",
    "body_en": "We work on it.",
    "begins_at": "2026-12-01T22:00",
    "ends_at": "2026-12-02T01:00",
    "shown_until": "2026-12-02T01:00",
    "audience": "all",
    "mailed": "y",
}


def words(kind: AnnouncementKind = AnnouncementKind.maintenance, **more: object) -> AnnouncementWords:
    given = {"title_ja": "お知らせです", "body_ja": "本文", "title_en": "Told", "body_en": "Text", "begins_at": BEGINS}
    return AnnouncementWords(kind, **given | more)  # type: ignore[arg-type]


def sent() -> None:
    for announcement_id, turn in Announcement.queue_due():
        announce(announcement_id, turn)
    db.session.expire_all()


def out(**more: object) -> Announcement:
    one = write(SYSTEM, words(**more))  # type: ignore[arg-type]
    plan(SYSTEM, one)
    db.session.commit()
    sent()
    return one


def mailed() -> set[str]:
    return set(db.session.scalars(select(Notice.to_address).where(Notice.template == "announcement")))


def test_from_the_draft_to_the_portal_and_the_mails(cast: Cast, visitor: Person) -> None:
    erin, alice = cast.erin, cast.alice
    answer = erin.post("/desk/announcements/new", FORM)
    assert answer.status_code == 302
    one = db.session.scalars(select(Announcement)).one()
    assert one.status == AnnouncementState.draft
    preview = erin.get(f"/desk/announcements/{one.id}").text
    assert "<strong>12月1日</strong>" in preview
    assert "<script>alert" not in preview
    assert FORM["title_ja"] not in alice.get("/portal/").text, "a draft is nobody's to read"
    assert visitor.get(f"/announcements/{one.id}").status_code == 404
    assert erin.post(f"/desk/announcements/{one.id}/publication", {}).status_code == 302
    sent()
    assert one.status == AnnouncementState.published
    for url in ("/portal/", "/portal/tickets", "/announcements"):
        assert FORM["title_ja"] in alice.get(url).text
    assert "2026年12月1日(火) 22:00" in alice.get("/portal/").text
    assert "<strong>12月1日</strong>" in visitor.get(f"/announcements/{one.id}").text
    mail = db.session.scalars(select(Notice).where(Notice.to_address == "alice@acme.example")).all()[-1]
    assert mail.subject.startswith("【メンテナンス】定期メンテナンス")
    assert "2026年12月1日(火) 22:00" in mail.body
    assert {"alice@acme.example", "bob@acme.example", "charlie@globex.example"} <= mailed()
    page = erin.get(f"/desk/announcements/{one.id}").text
    assert "送信待ち" in page
    assert "alice@acme.example" in erin.get(f"/desk/announcements/{one.id}/mails/csv").text


def test_who_reads_english_gets_english(cast: Cast) -> None:
    cast.contact("carol").language = cast.user("carol").language.en
    one = out()
    mail = db.session.scalars(select(Notice).where(Notice.to_address == "carol@acme.example")).all()[-1]
    assert "Told" in mail.subject
    assert "Text" in mail.body
    assert f"/announcements/{one.id}" in mail.body


@pytest.mark.parametrize("audience", [Audience.customers, Audience.reseller, Audience.plan])
def test_only_those_it_is_for_see_and_get_it(cast: Cast, visitor: Person, audience: Audience) -> None:
    acme, globex = cast.acme, cast.contact("charlie").customer
    ours, theirs = contract_now(acme.id), contract_now(globex.id)
    assert ours is not None and theirs is not None
    ours.plan, theirs.plan, globex.reseller_id = "プラン あ", "プラン い", None
    target = {Audience.customers: acme.id, Audience.reseller: acme.reseller_id, Audience.plan: ours.plan}[audience]
    one = out(audience=audience, targets=(target,))
    assert "alice@acme.example" in mailed()
    assert "charlie@globex.example" not in mailed()
    assert "お知らせです" in cast.alice.get("/portal/").text
    assert cast.alice.get(f"/announcements/{one.id}").status_code == 200
    for stranger in (cast.charlie, visitor):
        assert "お知らせです" not in stranger.get("/announcements").text
        assert stranger.get(f"/announcements/{one.id}").status_code == (302 if stranger is visitor else 404)
    assert "お知らせです" not in cast.charlie.get("/portal/").text


def test_news_go_to_nobody_who_stopped_them_and_the_rest_to_everybody(cast: Cast) -> None:
    cast.contact("alice").use_stopped_at = clock.now()
    out(kind=AnnouncementKind.news)
    assert "alice@acme.example" not in mailed()
    assert "bob@acme.example" in mailed()
    body = db.session.scalars(select(Notice.body).where(Notice.template == "announcement")).first() or ""
    assert "16条6項" in body, "how to stop them stands below"
    out(kind=AnnouncementKind.end_of_service)
    assert "alice@acme.example" in mailed()


def test_a_closed_person_and_a_customer_who_left_get_nothing(cast: Cast) -> None:
    cast.contact("carol").close(SYSTEM)
    gone = contract_now(cast.contact("charlie").customer_id)
    assert gone is not None
    gone.in_force_until = clock.now().date().replace(day=1)
    gone.ended_at = clock.now()
    out()
    assert "carol@acme.example" not in mailed()
    assert "charlie@globex.example" not in mailed()


def test_at_its_time_and_not_before(cast: Cast, at: Callable[[str], datetime]) -> None:
    one = write(SYSTEM, words())
    with pytest.raises(Refusal):
        plan(SYSTEM, one, clock.now())
    plan(SYSTEM, one, datetime(2026, 11, 25, 0, 0, tzinfo=UTC))
    with pytest.raises(Refusal):
        write(SYSTEM, words(), one)
    db.session.commit()
    sent()
    assert (one.status, mailed()) == (AnnouncementState.planned, set())
    hold(SYSTEM, one)
    assert one.status == AnnouncementState.draft
    plan(SYSTEM, one, datetime(2026, 11, 25, 0, 0, tzinfo=UTC))
    db.session.commit()
    at("2026-11-25T09:00:05+09:00")
    sent()
    assert one.status == AnnouncementState.published
    with pytest.raises(Refusal):
        hold(SYSTEM, one)


def test_it_leaves_the_portal_when_it_is_over_and_stays_on_the_page(cast: Cast, at: Callable[[str], datetime]) -> None:
    one = out(shown_until=datetime(2026, 11, 25, 0, 0, tzinfo=UTC))
    alice = cast.alice
    assert "お知らせです" in alice.get("/portal/").text
    at("2026-11-25T09:00:05+09:00")
    assert "お知らせです" not in alice.get("/portal/").text
    assert "お知らせです" in alice.get("/announcements").text
    assert one.status == AnnouncementState.over


def test_withdrawn_it_is_gone_and_mails_that_wait_do_not_leave(cast: Cast) -> None:
    one = out()
    with pytest.raises(Refusal):
        withdraw(SYSTEM, one, " ")
    cast.erin.post(f"/desk/announcements/{one.id}/withdrawal", {"words": "日付が誤り"})
    assert one.status == AnnouncementState.withdrawn
    assert "お知らせです" not in cast.alice.get("/portal/").text
    assert cast.alice.get(f"/announcements/{one.id}").status_code == 404
    mails = db.session.scalars(select(Notice).where(Notice.template == "announcement")).all()
    assert mails
    assert all(mail.withdrawn_at for mail in mails)


def test_a_run_that_was_cut_off_goes_on_and_mails_nobody_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helpdesk.announcements.publishing.PORTION", 2)
    one = write(SYSTEM, words())
    plan(SYSTEM, one)
    db.session.commit()
    (due,) = Announcement.queue_due()
    calls = iter([True])

    def cut(announcement_id: int) -> int:
        if next(calls, False):
            return whole(announcement_id)
        raise RuntimeError

    whole = jobs._portion
    monkeypatch.setattr(jobs, "_portion", cut)
    with pytest.raises(RuntimeError):
        announce(*due)
    first = db.session.scalar(select(func.count()).select_from(AnnouncementMail))
    assert first == 2
    monkeypatch.setattr(jobs, "_portion", whole)
    clock.set_now(clock.now().replace(minute=clock.now().minute + 5))
    sent()
    rows = db.session.scalars(select(AnnouncementMail.contact_id)).all()
    assert len(rows) == len(set(rows)) > 2
    assert one.status == AnnouncementState.published
    told = deliveries([one.id])[one.id]
    assert told["waiting"] == len(rows)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title_en": ""}, "入力してください"),
        ({"begins_at": ""}, "開始日時"),
        ({"ends_at": "2026-12-01T21:00"}, "開始より後"),
        ({"begins_at": "0001-01-01T00:00"}, "field-error"),
        ({"shown_until": "9999-12-31T23:59"}, "field-error"),
        ({"audience": "customers"}, "対象を選んで"),
        ({"audience": "customers", "customers": "999999"}, "field-error"),
    ],
)
def test_what_cannot_be_announced_says_why_and_keeps_the_words(cast: Cast, change: dict[str, str], said: str) -> None:
    answer = cast.erin.post("/desk/announcements/new", FORM | change)
    assert answer.status_code in (409, 422)
    assert said in answer.text
    assert "We work on it." in answer.text
    assert db.session.scalar(select(Announcement)) is None


def test_the_portal_s_pages_ask_once(cast: Cast, statements: list[str]) -> None:
    out()
    alice = cast.alice
    alice.get("/portal/tickets")
    statements.clear()
    alice.get("/portal/tickets")
    assert len([one for one in statements if "announcements" in one]) == 1
    assert len(statements) <= 8, statements


def test_a_link_in_a_mail_leads_through_the_sign_in(cast: Cast, visitor: Person) -> None:
    one = out(audience=Audience.customers, targets=(cast.acme.id,))
    answer = visitor.get(f"/announcements/{one.id}")
    assert answer.location.endswith(f"/sign-in?next=/announcements/{one.id}")
    assert visitor.get("/announcements/999999").status_code == 404
    assert cast.dana.get(f"/announcements/{one.id}").status_code == 200
    assert cast.nao.get(f"/announcements/{one.id}").status_code == 404, "a subcontractor is not ours"


def test_who_takes_it_back_while_it_is_handed_over_is_told(cast: Cast) -> None:
    one = write(SYSTEM, words())
    plan(SYSTEM, one)
    db.session.commit()
    assert one.published_at is None
    db.session.execute(text("UPDATE announcements SET state = 'queued', turn = turn + 1"))
    with pytest.raises(Refusal):
        hold(SYSTEM, one)
