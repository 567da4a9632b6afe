"""What agents are told of: assignment, answers, mentions, due times, failed mails, waking; as they want it, once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.desk.bulk import Ticked, ask, undo
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.answering import reply
from helpdesk.tickets.delivery import take_back
from helpdesk.tickets.joining import merge, undo_joining
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.mentions import mentioned_in
from helpdesk.tickets.messages import customer_wrote, note
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import collect_mails, newest_unread, read_all, tell_what_is_due
from helpdesk.tickets.snoozing import snooze, wake_due
from tests.conftest import Cast
from tests.making import an_inquiry


@pytest.fixture
def ticket(cast: Cast, at: Callable[[str], datetime]) -> Ticket:
    """Dana's, assigned by Sato."""
    at("2026-11-24T10:00:00+09:00")
    made = an_inquiry(cast.contact("alice"))
    made.assign(cast.user("sato").actor(), cast.user("dana"))
    db.session.commit()
    return made


def news(cast: Cast, name: str = "dana") -> list[str]:
    return [one.kind.value for one in newest_unread(cast.user(name))]


def test_assignment_answer_and_mention(cast: Cast, ticket: Ticket) -> None:
    assert news(cast) == ["assigned"]
    for _time in range(2):
        customer_wrote(ticket, cast.contact("alice").as_actor(), "追記です。", channel=Channel.portal)
    assert news(cast) == ["answered", "assigned"]
    note(ticket, cast.user("sato"), f"@{cast.user('dana').name.split()[0]} 確認をお願いします")
    assert news(cast)[0] == "mentioned"
    note(ticket, cast.user("dana"), f"＠{cast.user('sato').name} 見ました")
    assert news(cast, "sato") == ["mentioned"]
    assert news(cast, "erin") == []


def test_nobody_is_told_of_what_they_did(cast: Cast) -> None:
    ticket, dana = an_inquiry(cast.contact("alice")), cast.user("dana")
    ticket.assign(dana.actor(), dana)
    note(ticket, dana, f"@{dana.name}")
    assert news(cast) == []


def test_followers_hear_of_answers(cast: Cast, ticket: Ticket) -> None:
    url = f"/desk/tickets/{ticket.reference}"
    assert cast.sato.post(f"{url}/followers", {"follow": "1"}).status_code == 302
    customer_wrote(ticket, cast.contact("alice").as_actor(), "追記です。", channel=Channel.portal)
    assert news(cast, "sato") == ["answered"]
    cast.sato.post(f"{url}/followers")
    assert "フォローする" in cast.sato.get(url).text


def test_due_within_an_hour_once(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    assert tell_what_is_due() == 0
    assert ticket.due_at is not None
    at((ticket.due_at - timedelta(minutes=50)).isoformat())
    assert tell_what_is_due() == 1
    assert tell_what_is_due() == 0
    assert news(cast)[0] == "due"


def test_a_mail_that_did_not_arrive_and_a_waking(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    message = reply(ticket, cast.user("dana"), "お答えします。")
    db.session.flush()
    assert message.notice is not None
    take_back(message.notice)
    assert news(cast)[0] == "undelivered"
    snooze(ticket, cast.user("dana").actor(), clock.now() + timedelta(minutes=5))
    db.session.commit()
    at((clock.now() + timedelta(minutes=6)).isoformat())
    assert wake_due() == 1
    assert news(cast)[0] == "woken"


def mails(cast: Cast) -> list[Notice]:
    rows = select(Notice).where(Notice.template == "news").order_by(Notice.id)
    return list(db.session.scalars(rows))


def test_by_mail_collected_in_hours_and_once(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    dana = cast.dana
    assert collect_mails() == 0
    assert mails(cast) == []
    dana.post("/desk/news/settings", {"assigned": ["page", "mail", "zz"], "answered": ["mail"], "keys": "1"})
    customer_wrote(ticket, cast.contact("alice").as_actor(), "追記です。", channel=Channel.portal)
    second = an_inquiry(cast.contact("bob"))
    second.assign(cast.user("sato").actor(), cast.user("dana"))
    db.session.commit()
    at("2026-11-24T18:00:00+09:00")
    assert collect_mails() == 0
    at("2026-11-25T09:01:00+09:00")
    assert collect_mails() == 1
    assert collect_mails() == 0
    (mail,) = mails(cast)
    assert mail.to_address == cast.user("dana").email
    assert f"[{second.reference}]" in mail.body and f"/desk/tickets/{ticket.reference}" in mail.body


def test_opened_it_is_read(cast: Cast, ticket: Ticket) -> None:
    dana = cast.dana
    assert 'data-count="news">1</span>' in dana.get("/desk/").text
    assert ticket.reference in dana.get("/desk/news").text
    dana.get(f"/desk/tickets/{ticket.reference}/live/{ticket.version}")
    assert 'data-count="news"></span>' in dana.get("/desk/").text
    customer_wrote(ticket, cast.contact("alice").as_actor(), "追記です。", channel=Channel.portal)
    assert dana.post("/desk/news/reading").status_code == 302
    assert news(cast) == []


def test_who_wants_none_gets_none_and_the_browser_tells(cast: Cast, ticket: Ticket) -> None:
    dana = cast.dana
    dana.post("/desk/news/settings", {"answered": ["browser"]})
    assert 'data-keys="off"' in dana.get("/desk/").text
    customer_wrote(ticket, cast.contact("alice").as_actor(), "追記です。", channel=Channel.portal)
    note(ticket, cast.user("sato"), f"@{cast.user('dana').name}")
    assert news(cast) == ["answered", "assigned"]
    (told,) = dana.get("/desk/live/open?loaded=1").get_json()["news"]
    assert told["url"] == f"/desk/tickets/{ticket.reference}"


def test_whose_name_is_meant(cast: Cast) -> None:
    dana = cast.user("dana")
    family = dana.name.split()[0]
    assert mentioned_in(f"お願いします @{family}さん") == [dana.id]
    assert mentioned_in(f"{family}さん、お願いします") == []
    assert mentioned_in("a@b.example") == []
    cast.user("sato").name = f"{family} 二郎"
    db.session.flush()
    assert mentioned_in(f"@{family}") == []
    assert mentioned_in(f"@{family}二郎") == [cast.user("sato").id]
    cast.user("sato").name = "Sato Misaki"
    db.session.flush()
    for words, meant in (
        ("@Sato Misaki, ok?", True),
        ("@satomisaki", True),
        ("@sato.", True),
        ("info@sato.example", False),
    ):
        assert mentioned_in(words) == ([cast.user("sato").id] if meant else []), words
    cast.user("sato").name = f"{family}田 花子"
    db.session.flush()
    assert mentioned_in(f"@{family}田さん") == [cast.user("sato").id]


def test_a_page_that_stands_behind_reads_nothing(cast: Cast, ticket: Ticket) -> None:
    dana, seen = cast.dana, ticket.version
    customer_wrote(ticket, cast.contact("alice").as_actor(), "追記です。", channel=Channel.portal)
    assert dana.get(f"/desk/tickets/{ticket.reference}/live/{seen}").get_json()["changed"] is True
    assert "answered" in news(cast)


def test_the_poll_answers_when_only_news_changed(cast: Cast, ticket: Ticket, at: Callable[[str], datetime]) -> None:
    assert ticket.due_at is not None
    at((ticket.due_at - timedelta(minutes=50)).isoformat())
    dana = cast.dana
    mark = dana.get("/desk/live/open?loaded=1").headers["ETag"]
    assert dana.get("/desk/live/open?loaded=1", headers={"If-None-Match": mark}).status_code == 304
    assert tell_what_is_due() == 1
    db.session.commit()
    assert dana.get("/desk/live/open?loaded=1", headers={"If-None-Match": mark}).status_code == 200


def test_who_wants_no_due_times_keeps_nobody_from_theirs(
    cast: Cast, ticket: Ticket, at: Callable[[str], datetime]
) -> None:
    cast.dana.post("/desk/news/settings", {"assigned": ["page"]})
    other = an_inquiry(cast.contact("bob"))
    other.assign(cast.user("dana").actor(), cast.user("sato"))
    db.session.commit()
    assert ticket.due_at is not None
    at((ticket.due_at - timedelta(minutes=50)).isoformat())
    tell_what_is_due()
    assert news(cast, "sato")[0] == "due"


def test_what_is_no_longer_so_is_no_news(cast: Cast, ticket: Ticket) -> None:
    ticket.assign(cast.user("erin").actor(), cast.user("sato"))
    assert news(cast) == []
    db.session.commit()
    asked = ask(cast.user("erin"), "assign", str(cast.user("dana").id), [Ticked(ticket.reference, ticket.version)])
    assert news(cast) == ["assigned"]
    db.session.commit()
    undo(cast.user("erin"), asked.id)
    assert news(cast) == []


def test_who_heard_of_a_ticket_hears_of_what_it_became(cast: Cast, ticket: Ticket) -> None:
    into = an_inquiry(cast.contact("alice"))
    cast.sato.post(f"/desk/tickets/{ticket.reference}/followers", {"follow": "1"})
    joining = merge(ticket, into, cast.user("erin").actor())
    customer_wrote(into, cast.contact("alice").as_actor(), "追記です。", channel=Channel.portal)
    assert news(cast, "sato") == ["answered"]
    assert news(cast)[0] == "answered"
    undo_joining(joining, cast.user("erin").actor())
    read_all(cast.user("sato"))
    customer_wrote(into, cast.contact("alice").as_actor(), "また追記です。", channel=Channel.portal)
    assert news(cast, "sato") == []


def test_one_mail_says_how_many(cast: Cast, ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.dana.post("/desk/news/settings", {"assigned": ["mail"], "answered": ["mail"]})
    assert 'data-count="news">1</span>' in cast.dana.get("/desk/").text
    customer_wrote(ticket, cast.contact("alice").as_actor(), "追記です。", channel=Channel.portal)
    newest, _assigned = newest_unread(cast.user("dana"))
    assert (newest.kind.value, newest.in_page) == ("answered", False)
    assert cast.dana.get("/desk/").text.split('data-count="news">')[1][:8] == "1</span>"
    monkeypatch.setattr("helpdesk.tickets.news.COLLECTED_MAX", 1)
    assert collect_mails() == 1
    (mail,) = mails(cast)
    assert "2件" in mail.subject and "ほか 1件" in mail.body
