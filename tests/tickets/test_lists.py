"""Lists: narrowed by an address, counted as they are shown, sorted both ways, and left for a ticket and back."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from helpdesk import clock
from helpdesk.calendar.models import current_calendar
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.tickets import lists
from helpdesk.tickets.answering import reply
from helpdesk.tickets.kinds import Channel, Priority, Queue
from helpdesk.tickets.lists import TicketList, count_list, key_of, list_tickets, place_in
from helpdesk.tickets.messages import customer_wrote
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.narrowing import TicketFilter
from helpdesk.tickets.saved import SAVED_MAX, save_view
from helpdesk.tickets.snoozing import moment_of, snooze, wake_due
from helpdesk.tickets.sorting import Order
from helpdesk.tickets.tags import TAGS_MAX, clean_tag, tag, untag
from helpdesk.tickets.views import View
from tests.conftest import Cast
from tests.making import an_alert, an_inquiry


@pytest.fixture
def desk(cast: Cast) -> dict[str, Ticket]:
    """One ticket of a kind, told apart by what they are narrowed by."""
    dana = cast.user("dana")
    made = {
        "mine": an_inquiry(cast.contact("alice")),
        "globex": an_inquiry(cast.contact("charlie")),
        "alert": an_alert(cast.acme),
        "waiting": an_inquiry(cast.contact("bob")),
        "tagged": an_inquiry(cast.contact("alice")),
    }
    made["mine"].assign(dana.actor(), dana)
    made["waiting"].wait_for_customer(dana.actor())
    made["tagged"].set_priority(dana.actor(), Priority.urgent)
    made["tagged"].move_to(dana.actor(), Queue.contracts)
    tag(made["tagged"], dana.actor(), "#ＶＩＰ")
    db.session.commit()
    return made


def shown(cast: Cast, words: dict[str, str], view: str = "open") -> list[str]:
    rows, _after = list_tickets(cast.user("dana"), TicketList.read(view, words), current_calendar().hours)
    return sorted(row.reference for row in rows)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ({"kind": "alert"}, ["alert"]),
        ({"state": "waiting"}, ["waiting"]),
        ({"priority": "urgent"}, ["tagged"]),
        ({"queue": "contracts"}, ["tagged"]),
        ({"customer": "globex"}, ["globex"]),
        ({"customer": "ＧＬＯ"}, ["globex"]),
        ({"assignee": "me"}, ["mine"]),
        ({"assignee": "none", "kind": "alert"}, ["alert"]),
        ({"tag": "VIP"}, ["tagged"]),
        ({"due": "none"}, ["waiting"]),
        ({"channel": "mail"}, ["alert"]),
        ({"kind": "inquiry", "state": "new", "customer": "acme"}, ["tagged"]),
        ({"customer": "nobody"}, []),
    ],
)
def test_narrowed_by_its_address(cast: Cast, desk: dict[str, Ticket], words: dict[str, str], names: list[str]) -> None:
    assert shown(cast, words) == sorted(desk[name].reference for name in names)
    listed = TicketList.read("open", words)
    assert count_list(cast.user("dana"), listed, current_calendar().hours) == len(names)
    assert TicketFilter.read({key: str(value) for key, value in listed.narrowed.address().items()}) == listed.narrowed
    page = cast.dana.get("/desk/queues/open", query_string=words).text
    assert f'data-count="shown">{len(names)}</span>' in page


@pytest.mark.parametrize(
    "words",
    [
        {"kind": "'; DROP"},
        {"state": "zz", "sure": "x", "assignee": "-1", "due": "later", "since": "1e9"},
        {"customer": " \u3000", "tag": "#"},
        {"sort": "zz", "after": "zz", "priority": "URGENT"},
    ],
)
def test_what_is_none_of_ours_narrows_nothing(cast: Cast, desk: dict[str, Ticket], words: dict[str, str]) -> None:
    assert len(shown(cast, words)) == len(desk)
    assert cast.dana.get("/desk/queues/open", query_string=words).status_code == 200


def test_hostile_addresses_get_a_page(cast: Cast, desk: dict[str, Ticket]) -> None:
    dana = cast.dana
    for order in Order:
        for key in ("_", "1_", "x_1", "%_99999999999999999999", "9" * 400 + "_1", "\U0001f600_1", "-5_2"):
            for sort in (order.value, f"-{order.value}"):
                answer = dana.get("/desk/queues/open", query_string={"sort": sort, "after": key})
                assert answer.status_code == 200, (sort, key)
                ticket = {"list": "open", "sort": sort, "at": key}
                url = f"/desk/tickets/{desk['mine'].reference}"
                assert dana.get(url, query_string=ticket).status_code == 200


def test_failed_mails_are_a_filter(cast: Cast, desk: dict[str, Ticket]) -> None:
    message = reply(desk["mine"], cast.user("dana"), "お答えします。")
    assert message.notice is not None
    db.session.flush()
    assert shown(cast, {"delivery": "waiting"}).count(desk["mine"].reference) == 1
    message.notice.state = ErrandState.failed
    db.session.commit()
    assert shown(cast, {"delivery": "failed"}) == [desk["mine"].reference]


def test_the_new_ones_are_a_list(cast: Cast, desk: dict[str, Ticket], at: Callable[[str], datetime]) -> None:
    """What the bar counts is what it leads to (D6)."""
    since = int(clock.now().timestamp() * 1000)
    at((clock.now() + timedelta(minutes=2)).isoformat())
    fresh = an_alert(cast.acme, "Computer: PC-9\nFile name: n.exe\nSeverity: Low\nEvent Type: Threat Detected\n")
    dana = cast.dana
    told = dana.get(f"/desk/live/open?loaded={since}&kind=alert").get_json()
    assert told["fresh"] == 1
    assert told["counts"]["shown"] == "2"
    page = dana.get("/desk/queues/open?kind=alert").text
    (link,) = re.findall(r'id="fresh" hidden\s+href="([^"]+)"', page)
    assert "since=" in link and "kind=alert" in link
    assert shown(cast, {"kind": "alert", "since": str(since)}) == [fresh.reference]


def test_neighbours_in_every_order(cast: Cast, desk: dict[str, Ticket]) -> None:
    dana, hours = cast.user("dana"), current_calendar().hours
    for order in Order:
        for down in (False, True):
            listed = TicketList(order=order, descending=down)
            rows, _after = list_tickets(dana, listed, hours)
            references = [row.reference for row in rows]
            for number, row in enumerate(rows):
                place = place_in(dana, listed, hours, key_of(row))
                sides = (place.before and place.before[0], place.after and place.after[0])
                expected = (
                    references[number - 1] if number else None,
                    references[number + 1] if number + 1 < len(rows) else None,
                )
                assert (place.number, place.total, sides) == (number + 1, len(rows), expected), (order, down)


def test_a_ticket_keeps_its_place_when_it_left_the_list(cast: Cast, desk: dict[str, Ticket]) -> None:
    dana = cast.dana
    listed = "/desk/queues/open?sort=number"
    links = re.findall(r'href="(/desk/tickets/[^"]+)"', dana.get(listed).text)
    second = links[1].replace("&amp;", "&")
    page = dana.get(second).text
    assert "2 / 5" in re.sub(r"\s+", " ", page)
    assert f'id="back" href="{listed}#t-' in page
    reference = second.split("?")[0].rpartition("/")[2]
    form = {"Referer": f"http://localhost{second}"}
    answer = dana.post(f"/desk/tickets/{reference}/closure", headers=form)
    assert answer.location == second
    page = dana.get(answer.location).text
    assert re.search(r"2 / 4", page)
    third = links[2].split("?")[0]
    assert f'id="after" href="{third}?' in page


@pytest.mark.parametrize(
    "where",
    ["http://[x/desk/tickets/", "https://evil.example/desk/tickets/x?list=open", "http://localhost/portal/?list=open"],
)
def test_only_a_page_of_ours_says_where_to_go_back(cast: Cast, desk: dict[str, Ticket], where: str) -> None:
    answer = cast.dana.post(f"/desk/tickets/{desk['mine'].reference}/closure", headers={"Referer": where})
    assert answer.location == f"/desk/tickets/{desk['mine'].reference}"


def test_closed_tickets_are_narrowed_among_the_newest(
    cast: Cast, desk: dict[str, Ticket], monkeypatch: pytest.MonkeyPatch, at: Callable[[str], datetime]
) -> None:
    for name in ("alert", "mine", "tagged"):
        at((clock.now() + timedelta(minutes=1)).isoformat())
        desk[name].close(cast.user("dana").actor())
        db.session.commit()
    assert len(shown(cast, {"kind": "inquiry"}, "closed")) == 2
    monkeypatch.setattr(lists, "CLOSED_LOOKED_AT", 1)
    assert shown(cast, {"kind": "inquiry"}, "closed") == sorted(desk[name].reference for name in ("mine", "tagged"))
    assert shown(cast, {"kind": "alert"}, "closed") == []


def test_kept_views_have_counts_and_owners(cast: Cast, desk: dict[str, Ticket]) -> None:
    dana, sato = cast.dana, cast.sato
    words = {"list": "open", "kind": "alert", "name": " 今日の アラート ", "shared": "1"}
    assert dana.post("/desk/views", words).location == "/desk/queues/open?kind=alert"
    assert dana.post("/desk/views", {"list": "open", "customer": "globex", "name": "Globex"}).status_code == 302
    mine = dana.get("/desk/").text
    assert "今日の アラート" in mine and ">Globex<" in mine
    theirs = sato.get("/desk/").text
    assert "今日の アラート" in theirs and ">Globex<" not in theirs
    (number,) = re.findall(r'data-count="saved-(\d+)">1</span>', theirs)
    assert sato.post(f"/desk/views/{number}/removal").status_code == 404
    assert cast.erin.post(f"/desk/views/{number}/removal").status_code == 302
    assert "今日の アラート" not in sato.get("/desk/").text


def test_a_view_needs_a_name_and_has_room(cast: Cast) -> None:
    dana = cast.user("dana")
    for name in ("", "  \x00", "あ" * 41):
        with pytest.raises(Refusal):
            save_view(dana, name, TicketList(), shared=False)
    for number in range(SAVED_MAX):
        save_view(dana, f"{number}", TicketList(View.mine), shared=False)
    save_view(dana, "3", TicketList(View.open), shared=False)
    with pytest.raises(Refusal):
        save_view(dana, "one more", TicketList(), shared=False)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (",#vip", "vip"),
        ("\u200b#vip", "vip"),
        ("a -#b", "a---b"),
        ("#ＶＩＰ", "vip"),
        (" 年末 対応 ", "年末-対応"),
        ("a,b", "a-b"),
        ("#", ""),
        ("\x07", ""),
        ("x" * 99, "x" * 30),
    ],
)
def test_tags_are_one_word(typed: str, kept: str) -> None:
    assert clean_tag(typed) == kept


def test_tags_have_a_limit_and_come_off(cast: Cast) -> None:
    ticket, dana = an_inquiry(cast.contact("alice")), cast.user("dana").actor()
    for number in range(TAGS_MAX):
        tag(ticket, dana, f"t{number}")
    tag(ticket, dana, "t1")
    with pytest.raises(Refusal):
        tag(ticket, dana, "one-more")
    untag(ticket, dana, "#T1")
    assert "t1" not in ticket.tags


def test_put_away_until_its_time_or_the_answer(cast: Cast, at: Callable[[str], datetime]) -> None:
    at("2026-11-24T10:00:00+09:00")
    hours, dana = current_calendar().hours, cast.user("dana").actor()
    first, second = an_inquiry(cast.contact("alice")), an_inquiry(cast.contact("bob"))
    snooze(first, dana, moment_of("2026-11-24T13:00", hours))
    snooze(second, dana, moment_of("answer", hours))
    db.session.commit()
    at("2026-11-24T12:59:00+09:00")
    assert wake_due() == 0
    customer_wrote(second, cast.contact("bob").as_actor(), "追記です。", channel=Channel.portal)
    assert second.snoozed_until is None
    at("2026-11-24T13:00:00+09:00")
    assert wake_due() == 1
    assert first.snoozed_until is None
    for moment in ("2026-11-24T12:00", "2028-01-01T00:00", "soon", ""):
        with pytest.raises(Refusal):
            snooze(first, dana, moment_of(moment, hours))


def test_what_is_put_away_is_still_due(cast: Cast, at: Callable[[str], datetime]) -> None:
    """Nobody sleeps through a due time: the view of what is due soon has it."""
    at("2026-11-24T10:00:00+09:00")
    ticket = an_inquiry(cast.contact("alice"))
    snooze(ticket, cast.user("dana").actor(), clock.now() + timedelta(days=20))
    ticket.due_at = clock.now() + timedelta(hours=1)
    db.session.commit()
    assert shown(cast, {}) == []
    assert shown(cast, {}, "soon") == [ticket.reference]
