"""Calendar versions, and what a change does to open due times (R40)."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy import select

from helpdesk.audit.models import SYSTEM
from helpdesk.calendar.models import change_calendar, current_calendar
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.answering import reply
from helpdesk.tickets.clocks import recompute_due_times
from tests.conftest import TUESDAY_NOON, Cast
from tests.making import an_alert, an_inquiry


def test_the_first_version_closes_over_new_year(app: object) -> None:
    hours = current_calendar().hours
    assert not hours.is_business_day(date(2026, 12, 30))
    assert hours.usual == (540, 1020)


def test_a_change_adds_a_version_and_moves_open_due_times(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    inquiry, alert = an_inquiry(cast.contact("alice")), an_alert(cast.acme)
    before, due = current_calendar(), (inquiry.due_at, alert.due_at)
    change_calendar(SYSTEM, "closed", closing_days={date(2026, 11, 25): "臨時休業"})
    after = current_calendar()
    assert after.version > before.version
    assert recompute_due_times(after) == 2
    assert inquiry.due_at and alert.due_at and due[0] and due[1]
    assert inquiry.due_at.isoformat() > due[0].isoformat()
    assert (alert.due_at - due[1]).days == 1
    assert inquiry.calendar_version == after.version


def test_met_due_times_keep_the_version_they_were_computed_with(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    ticket = an_inquiry(cast.contact("alice"))
    ticket.close(SYSTEM)
    db.session.commit()
    version, due = ticket.calendar_version, ticket.first_due_at
    change_calendar(SYSTEM, "closed", closing_days={date(2026, 11, 25): "臨時休業"})
    recompute_due_times(current_calendar())
    assert (ticket.calendar_version, ticket.first_due_at) == (version, due)


def test_hours_that_end_before_they_start_are_refused(app: object) -> None:
    with pytest.raises(Refusal):
        change_calendar(SYSTEM, "wrong", exceptional={date(2026, 11, 25): (1020, 540)})


def test_the_supervisor_changes_the_calendar_in_the_browser(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    erin = cast.erin
    answer = erin.post("/desk/calendar/closing-days", {"first": "2026-11-26", "last": "2026-11-27", "name": "研修"})
    assert answer.status_code == 302
    assert not current_calendar().hours.is_business_day(date(2026, 11, 27))
    assert "研修" in erin.get("/desk/calendar").text
    erin.post("/desk/calendar/closing-days/2026-11-27/removal")
    assert current_calendar().hours.is_business_day(date(2026, 11, 27))
    erin.post(
        "/desk/calendar/exceptional-hours", {"day": "2026-11-28", "opens": "0:00", "closes": "24:00", "note": "移行"}
    )
    assert current_calendar().hours.minutes(date(2026, 11, 28)) == (0, 1440)
    erin.post("/desk/calendar/exceptional-hours/2026-11-28/removal")
    assert current_calendar().hours.minutes(date(2026, 11, 28)) is None


def test_bad_hours_come_back_with_words_beside_the_field(cast: Cast) -> None:
    answer = cast.erin.post(
        "/desk/calendar/exceptional-hours", {"day": "2026-11-28", "opens": "soon", "closes": "17:00", "note": "x"}
    )
    assert answer.status_code == 422
    assert "field-error" in answer.text


def test_usual_hours_and_zone_are_changed_in_the_browser(cast: Cast, at: Callable[[str], datetime]) -> None:
    at(TUESDAY_NOON)
    alert = an_alert(cast.acme)
    form = {"opens": "8:30", "closes": "18:15", "zone": "Asia/Tokyo", "note": "時間延長"}
    assert cast.erin.post("/desk/calendar/usual-hours", form).status_code == 302
    assert current_calendar().hours.usual == (510, 1095)
    assert alert.due_at is not None
    assert alert.due_at.isoformat() == "2026-11-26T09:15:00+00:00"
    assert "営業日 8:30〜18:15" in cast.erin.get("/desk/calendar").text
    reply(an_inquiry(cast.contact("alice")), cast.user("dana"), "ご回答")
    for mail in db.session.scalars(select(Notice)):
        assert "営業日 8:30〜18:15" in mail.body
        assert "9:00〜17:00" not in mail.body


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("zone", "Tokyo", "タイムゾーンではありません"),
        ("closes", "8:00", "終了を開始より後"),
        ("opens", "8時", "9:00"),
        ("note", "", "必須"),
    ],
)
def test_hours_that_cannot_be_are_told_beside_their_field(cast: Cast, field: str, value: str, words: str) -> None:
    form = {"opens": "9:00", "closes": "17:00", "zone": "Asia/Tokyo", "note": "理由の言葉", field: value}
    before = current_calendar().version
    answer = cast.erin.post("/desk/calendar/usual-hours", form)
    assert answer.status_code in (409, 422)
    assert words in answer.text
    assert current_calendar().version == before


def test_a_last_day_before_the_first_keeps_what_was_typed(cast: Cast) -> None:
    form = {"first": "2026-12-02", "last": "2026-12-01", "name": "研修旅行"}
    answer = cast.erin.post("/desk/calendar/closing-days", form)
    assert answer.status_code == 422
    assert "研修旅行" in answer.text
