"""Cases of somebody who tried the running product: two at one draft, withdrawn mails, many at once (R64)."""

from datetime import timedelta

from sqlalchemy import select

from helpdesk import clock
from helpdesk.announcements.models import (
    BANNERS,
    Announcement,
    AnnouncementKind,
    AnnouncementMail,
    AnnouncementState,
    shown_to,
)
from helpdesk.announcements.publishing import deliveries, plan, stamp_of, to_come, withdraw, write
from helpdesk.audit.models import SYSTEM, events_of
from helpdesk.errands import waiting_counts
from helpdesk.extensions import db
from helpdesk.notices import jobs as notice_jobs
from helpdesk.notices.models import Notice
from helpdesk.notices.undelivered import failed_mails
from tests.announcements.test_announcements import FORM, out, words
from tests.conftest import Cast


def test_two_who_write_at_one_draft_do_not_cover_each_other(cast: Cast) -> None:
    one = write(SYSTEM, words())
    db.session.commit()
    url, seen = f"/desk/announcements/{one.id}", stamp_of(one)
    assert cast.erin.post(f"{url}/words", FORM | {"title_ja": "エリンの題", "seen": seen}).status_code == 302
    page = cast.root.post(f"{url}/words", FORM | {"title_ja": "ルートの題", "seen": seen})
    assert page.status_code == 409
    assert all(title in page.text for title in ("エリンの題", "ルートの題"))
    shown = cast.erin.post(f"{url}/publication", {"publish_at": "", "seen": seen})
    assert shown.status_code == 409
    assert "変更しました" in shown.text
    db.session.refresh(one)
    assert one.status == AnnouncementState.draft, "what goes out is what was looked at"
    assert cast.erin.post(f"{url}/publication", {"publish_at": "", "seen": stamp_of(one)}).status_code == 302


def test_what_was_typed_stands_on_the_page_of_one_that_was_planned_meanwhile(cast: Cast) -> None:
    one = write(SYSTEM, words())
    plan(SYSTEM, one, clock.now() + timedelta(days=1))
    db.session.commit()
    page = cast.erin.post(f"/desk/announcements/{one.id}/words", FORM)
    assert page.status_code == 409
    assert all(FORM[name].split()[0] in page.text for name in ("title_ja", "title_en", "body_en"))
    assert "csrf" not in page.text.split("<main")[1].split("</main>")[0].replace('name="csrf"', "")


def test_mails_that_were_withdrawn_are_no_trouble(cast: Cast) -> None:
    one = out()
    withdraw(SYSTEM, one, "取りやめ")
    db.session.commit()
    for row in Notice.queue_due():
        notice_jobs.deliver(*row)
    db.session.expire_all()
    mails = db.session.scalars(select(AnnouncementMail)).all()
    told = deliveries([one.id])[one.id]
    assert told == {"out": 0, "failed": 0, "stopped": len(mails), "waiting": 0}
    page = cast.erin.get(f"/desk/announcements/{one.id}").text
    assert f"未送信 {len(mails)}件" in page
    assert "宛先の方への送信の権限" not in page
    assert "取りやめ" in page
    assert [mail for mail in failed_mails() if mail.template == "announcement"] == []


def test_what_the_service_needs_stands_before_news(cast: Cast) -> None:
    needed = out(kind=AnnouncementKind.maintenance, title_ja="大事な作業")
    for number in range(BANNERS + 2):
        out(kind=AnnouncementKind.news, title_ja=f"ニュース{number}", begins_at=None)
    shown = shown_to(cast.acme)
    assert shown[0].id == needed.id
    assert len(shown) == BANNERS


def test_drafts_are_no_work_that_waits_and_times_are_the_service_s(cast: Cast) -> None:
    one = write(SYSTEM, words())
    db.session.flush()
    assert list(waiting_counts([Announcement])) == []
    plan(SYSTEM, one, clock.now() + timedelta(days=1))
    db.session.commit()
    assert [(state, count) for _label, state, count in waiting_counts([Announcement])] == [("waiting", 1)]
    assert to_come(one) == 0
    said = [event.sentence for event in events_of(one)]
    assert any("2026年11月25日(水) 9:30" in sentence for sentence in said), said
    assert cast.erin.get(f"/desk/announcements/{one.id}").status_code == 200
