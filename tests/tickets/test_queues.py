"""Teams and queues as supervisors keep them: who works where and when, whose tickets begin where, what is refused."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.calendar.models import current_calendar
from helpdesk.desk.bulk import Ticked, ask, outcomes
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.kinds import Intent, Queue, TicketKind
from helpdesk.tickets.lists import TicketList, list_tickets
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.news import News, NewsKind, NewsWay, collect_mails, tell
from helpdesk.tickets.queues import TicketQueue, begin_here, close_queue, make_queue
from helpdesk.tickets.sendings import ReplyWords, ask_to_send
from helpdesk.tickets.teams import Team, at_work, change_team, make_team
from helpdesk.triage.deciding import set_intent
from tests.conftest import Cast
from tests.forms import press
from tests.making import an_alert, an_inquiry


@pytest.fixture
def queue(cast: Cast) -> TicketQueue:
    made = make_queue(cast.user("erin").actor(), "大口のお客様", "Key accounts")
    db.session.commit()
    return made


@pytest.fixture
def team(cast: Cast) -> Team:
    made = make_team(cast.user("erin").actor(), "一次対応")
    db.session.commit()
    return made


def shown(cast: Cast, **words: str) -> set[str]:
    rows, _after = list_tickets(cast.user("dana"), TicketList.read("open", words), current_calendar().hours)
    return {row.reference for row in rows}


def test_made_and_kept_in_the_browser(cast: Cast) -> None:
    erin, page = cast.erin, "/desk/teams"
    assert "アラート一次対応" in erin.get(page).text
    press(erin, page, "キューを追加", name="大口のお客様", name_en="Key accounts")
    press(erin, page, "チームを追加", name="一次対応")
    made = db.session.scalars(select(TicketQueue).where(TicketQueue.name != "")).one()
    team = db.session.scalars(select(Team)).one()
    dana = str(cast.user("dana").id)
    form = {"name": "一次対応", "people": [dana], "opens": "10:00", "closes": "15:00"}
    assert erin.post(f"{page}/{team.id}", form).status_code == 302
    assert "10:00–15:00" in erin.get(page).text and cast.user("dana").name in erin.get(page).text
    settings = f"{page}/queues/{made.id}"
    kept = {"name": "大口", "name_en": "Key", "team": str(team.id), "first": "1", "again": "2", "close": "3"}
    assert erin.post(settings, kept).status_code == 302
    assert (made.name, made.team_id) == ("大口", team.id)
    assert "1 · 2 · 3" in erin.get(page).text
    assert erin.post(f"{page}/{team.id}/removal").status_code == 302
    db.session.expire_all()
    assert made.team_id is None


@pytest.mark.parametrize(
    ("path", "form", "status", "words"),
    [
        ("", {"name": ""}, 422, "必須"),
        ("", {"name": "一次対応"}, 409, "同じ名前のチーム"),
        ("/queues", {"name": "お問い合わせ", "name_en": "x"}, 409, "同じ名前のキュー"),
        ("/queues", {"name": "大口のお客様", "name_en": ""}, 409, "同じ名前のキュー"),
        ("/queues", {"name": "あ" * 31, "name_en": ""}, 422, "あ" * 31),
        ("/{team}", {"name": "二次", "opens": "15:00", "closes": "10:00"}, 409, "開始を先に"),
        ("/{team}", {"name": "二次", "opens": "15:00"}, 409, "開始を先に"),
        ("/{team}", {"name": "二次", "people": "999999"}, 422, "二次"),
        ("/queues/{queue}", {"name": "", "team": "0", "first": "1", "again": "1", "close": "1"}, 409, "30"),
        ("/queues/{queue}", {"name": "残る名", "team": "77", "first": "1", "again": "1", "close": "1"}, 422, "残る名"),
        ("/queues/{queue}/customers", {"customer": "nobody", "kind": "inquiry"}, 409, "この名前のお客様"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    cast: Cast, team: Team, queue: TicketQueue, path: str, form: dict[str, str], status: int, words: str
) -> None:
    answer = cast.erin.post("/desk/teams" + path.format(team=team.id, queue=queue.id), form)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text[:2000]


def test_a_customers_tickets_begin_in_their_queue(cast: Cast, queue: TicketQueue) -> None:
    page = f"/desk/teams/queues/{queue.id}"
    for kind in ("inquiry", "alert"):
        press(cast.erin, page, "追加", form="/customers", kind=kind, customer=cast.contact("charlie").customer.name)
    inquiry, alert = an_inquiry(cast.contact("charlie")), an_alert(cast.contact("charlie").customer)
    assert {inquiry.queue, alert.queue} == {queue.code}
    assert an_inquiry(cast.contact("alice")).queue == Queue.inquiries
    # a notice goes where notices go, and comes back home
    set_intent(inquiry, cast.user("dana"), Intent.notice)
    assert inquiry.queue == Queue.contracts
    inquiry.queue = Queue.contracts
    press(
        cast.erin,
        page,
        "やめる",
        form="/customers",
        count=0,
        kind="alert",
        act="remove",
        customer=cast.contact("charlie").customer.name,
    )
    assert an_alert(cast.contact("charlie").customer, "another").queue == Queue.alerts


def test_moved_by_hand_and_told_by_name(cast: Cast, queue: TicketQueue) -> None:
    ticket = an_inquiry(cast.contact("alice"))
    page = f"/desk/tickets/{ticket.reference}"
    assert cast.dana.post(f"{page}/queue", {"queue": queue.code}).status_code == 302
    assert ticket.queue == queue.code
    text = cast.dana.get(page).text
    assert "「大口のお客様」へ移しました" in text
    assert "大口のお客様" in cast.dana.get(f"/desk/queues/open?queue={queue.code}").text
    assert shown(cast, queue=queue.code) == {ticket.reference}
    assert [(one.name, one.count) for one in count_views(cast.user("dana")).own] == [("大口のお客様", "1")]
    for wrong in ("nowhere", "", "x" * 40, "open'"):
        assert cast.dana.post(f"{page}/queue", {"queue": wrong}).status_code == 409


def test_a_queue_closes_when_it_is_empty(cast: Cast, queue: TicketQueue) -> None:
    erin = cast.user("erin").actor()
    begin_here(queue, erin, cast.contact("charlie").customer, TicketKind.inquiry)
    ticket = an_inquiry(cast.contact("charlie"))
    with pytest.raises(Refusal, match="1件"):
        close_queue(queue, erin)
    asked = ask(cast.user("dana"), "queue", queue.code, [Ticked(an_inquiry(cast.contact("alice")).reference, 1)])
    assert sum(outcomes(asked).values()) == 1
    for one in db.session.scalars(select(Ticket).where(Ticket.queue == queue.code)):
        one.move_to(erin, Queue.inquiries)
    close_queue(queue, erin)
    db.session.commit()
    db.session.expire_all()
    assert an_inquiry(cast.contact("charlie"), "新しい件").queue == Queue.inquiries
    assert cast.dana.post(f"/desk/tickets/{ticket.reference}/queue", {"queue": queue.code}).status_code == 409
    assert queue.code not in count_views(cast.user("dana")).queues
    shipped = db.session.scalars(select(TicketQueue).where(TicketQueue.code == Queue.alerts)).one()
    with pytest.raises(Refusal):
        close_queue(shipped, erin)
    with pytest.raises(Refusal):
        begin_here(shipped, erin, cast.contact("charlie").customer, TicketKind.alert)


def test_narrowed_to_a_team(cast: Cast, team: Team, queue: TicketQueue) -> None:
    """What its people have, and what is nobody's in its queues."""
    erin, dana, sato = (cast.user(name) for name in ("erin", "dana", "sato"))
    change_team(team, erin.actor(), name=team.name, people=[dana.id], opens=None, closes=None)
    queue.team_id = team.id
    hers, free, others, elsewhere = (an_inquiry(cast.contact("alice"), f"件{n}") for n in range(4))
    hers.assign(dana.actor(), dana)
    for one in (free, others):
        one.move_to(dana.actor(), queue.code)
    others.assign(dana.actor(), sato)
    db.session.commit()
    assert shown(cast, team=str(team.id)) == {hers.reference, free.reference}
    assert elsewhere.reference not in shown(cast, team=str(team.id))
    page = cast.dana.get(f"/desk/tickets/{free.reference}").text
    assert page.index("このキューのチーム") < page.index(dana.name, page.index("このキューのチーム"))


@pytest.mark.parametrize(
    ("moment", "works"),
    [
        ("2026-11-25T08:30:00+09:00", True),
        ("2026-11-25T07:59:00+09:00", False),
        ("2026-11-25T12:59:59+09:00", True),
        ("2026-11-25T13:00:00+09:00", False),
        ("2026-11-28T10:00:00+09:00", False),
    ],
)
def test_a_teams_hours_say_when_its_people_are_told(
    cast: Cast, team: Team, at: Callable[[str], datetime], moment: str, works: bool
) -> None:
    dana, erin = cast.user("dana"), cast.user("erin")
    hours = {"opens": datetime(2026, 1, 1, 8).time(), "closes": datetime(2026, 1, 1, 13).time()}
    change_team(team, erin.actor(), name=team.name, people=[dana.id], **hours)
    dana.preferences = {"told": {NewsKind.assigned.value: [NewsWay.mail.value]}}
    ticket = an_inquiry(cast.contact("alice"))
    at(moment)
    assert at_work(dana.id, current_calendar().hours, clock.now()) == works
    tell(dana.id, ticket.id, NewsKind.assigned, erin.actor())
    assert collect_mails() == works
    assert len(db.session.scalars(select(Notice).where(Notice.template == "news")).all()) == works


def test_the_queues_team_is_asked_to_read_first(cast: Cast, team: Team) -> None:
    """Where a team works on the queue nobody else of the desk is told."""
    erin, dana, sato = (cast.user(name) for name in ("erin", "dana", "sato"))
    shipped = db.session.scalars(select(TicketQueue).where(TicketQueue.code == Queue.inquiries)).one()
    change_team(team, erin.actor(), name=team.name, people=[dana.id, sato.id], opens=None, closes=None)
    shipped.team_id, shipped.second_eyes = team.id, True
    ticket = an_inquiry(cast.contact("alice"))
    ask_to_send(ticket, dana, ReplyWords("読んでください"))
    told = select(News.user_id).where(News.ticket_id == ticket.id, News.kind == NewsKind.review)
    assert set(db.session.scalars(told)) == {sato.id}
