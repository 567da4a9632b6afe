"""Search as people use it: what is found, by whom, in which order, and how it is shown."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from helpdesk import clock
from helpdesk.extensions import db
from helpdesk.search.finding import index_messages
from helpdesk.tickets.kinds import Channel
from helpdesk.tickets.messages import Message, MessageKind, add_message, note
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast
from tests.making import an_inquiry


def say(ticket: Ticket, words: str, cast: Cast) -> None:
    add_message(ticket, cast.contact("alice").as_actor(), words, kind=MessageKind.customer, channel=Channel.portal)
    db.session.commit()


def found(cast: Cast, typed: str, who: str = "dana", where: str = "desk") -> str:
    text: str = getattr(cast, who).get(f"/{where}/search/", query_string={"q": typed}).text
    return text


def test_a_hit_leads_back_to_the_hits(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"), "夕張の複合機")
    hits = cast.dana.get("/desk/search/?q=夕張").text
    link = re.search(rf'href="(/desk/tickets/{ticket.reference}\?[^"]+)"', hits)
    assert link is not None
    page = html.unescape(link[1])
    back = f'id="back" href="/desk/search/?q=%E5%A4%95%E5%BC%B5#t-{ticket.reference}"'
    assert back in cast.dana.get(page).text
    # a form on the page comes back to it
    sent = cast.dana.post(
        f"/desk/tickets/{ticket.reference}/priority",
        {"priority": "high"},
        headers={"Referer": f"http://localhost{page}"},
    )
    assert back in cast.dana.get(sent.headers["Location"]).text


@pytest.mark.parametrize("typed", ["複合", "複合機", "ﾌｸｺﾞｳ機", "Catalina", "catal", "夕張"])
def test_words_are_found_in_subjects_and_messages(cast: Cast, typed: str) -> None:
    ticket = an_inquiry(cast.contact("alice"), "複合機 フクゴウ機 の件")
    say(ticket, "夕張支店の macOS Catalina です", cast)
    other = an_inquiry(cast.contact("alice"), "まったく別の質問")
    page = found(cast, typed)
    assert ticket.reference in page
    assert other.reference not in page


def test_a_longer_word_is_no_heap_of_its_pairs(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"), "京都の東京支店")
    assert ticket.reference not in found(cast, "東京都")
    assert ticket.reference in found(cast, "東京支店")


def test_all_words_must_be_there(cast: Cast) -> None:
    both, one = an_inquiry(cast.contact("alice"), "夕張の複合機"), an_inquiry(cast.contact("alice"), "夕張の件")
    page = found(cast, "夕張 複合")
    assert both.reference in page
    assert one.reference not in page


def test_the_subject_counts_more_than_the_text(cast: Cast) -> None:
    named = an_inquiry(cast.contact("alice"), "夕張支店のこと")
    said = an_inquiry(cast.contact("alice"), "支店のこと")
    say(said, "夕張です", cast)
    page = found(cast, "夕張")
    assert page.index(named.reference) < page.index(said.reference)


def test_the_words_are_marked_as_written_and_text_stays_text(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"), "プリンターの<script>alert(1)</script>")
    page = found(cast, "ぷりんた")
    assert ticket.reference in page
    assert "<mark>プリンター</mark>の&lt;script&gt;" in page


def test_customers_find_their_own_tickets_and_no_notes(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"), "夕張の件")
    note(ticket, cast.user("dana"), "内密の合図")
    db.session.commit()
    assert ticket.reference in found(cast, "夕張", "alice", "portal")
    assert ticket.reference in found(cast, "夕張", "bob", "portal")
    for stranger in ("carol", "charlie"):
        assert ticket.reference not in found(cast, "夕張", stranger, "portal")
    assert ticket.reference in found(cast, "内密")
    assert ticket.reference not in found(cast, "内密", "alice", "portal")
    assert ticket.reference not in found(cast, "status:new", "charlie", "portal")


def test_filters_narrow_and_work_without_words(cast: Cast) -> None:
    ticket, other = an_inquiry(cast.contact("alice"), "夕張の件"), an_inquiry(cast.contact("alice"), "夕張の別件")
    other.assign(cast.user("dana").actor(), cast.user("dana"))
    db.session.commit()
    today = clock.now().date()
    for typed, expected in [
        ("夕張 assignee:me", {other.reference}),
        ("assignee:none", {ticket.reference}),
        ("status:open", {other.reference}),
        (f'customer:"{cast.acme.name}"', {ticket.reference, other.reference}),
        ("夕張 customer:そのような名", set()),
        (f"before:{today - timedelta(days=3)}", set()),
        (f"夕張 after:{today - timedelta(days=3)}", {ticket.reference, other.reference}),
    ]:
        page = found(cast, typed)
        assert {r for r in (ticket.reference, other.reference) if r in page} == expected, typed


def test_a_filter_that_makes_no_sense_is_told_and_the_words_kept(cast: Cast) -> None:
    page = found(cast, "夕張 before:yesterday")
    assert "before:yesterday" in page
    assert 'value="夕張 before:yesterday"' in page
    assert "assignee:" in found(cast, "夕張 assignee:me", "alice", "portal")


def test_a_number_leads_to_the_ticket_of_those_who_may_see_it(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"), "夕張の件")
    assert cast.dana.get(f"/desk/search/?q={ticket.reference}").location.endswith(ticket.reference)
    assert cast.alice.get(f"/portal/search/?q={ticket.reference}").location.endswith(ticket.reference)
    assert cast.charlie.get(f"/portal/search/?q={ticket.reference}").status_code == 200


def test_what_an_older_release_wrote_is_indexed_later(cast: Cast) -> None:
    ticket = an_inquiry(cast.contact("alice"), "夕張の件")
    say(ticket, "複合機も", cast)
    db.session.execute(update(Message).values(terms=None))
    db.session.commit()
    assert ticket.reference not in found(cast, "夕張")
    for who, where in (("dana", "desk"), ("alice", "portal")):
        assert "過去のメッセージを検索できるように準備しています" in found(cast, "夕張", who, where)
    assert index_messages() == db.session.scalar(select(db.func.count(Message.id)))
    assert index_messages() == 0
    assert ticket.reference in found(cast, "夕張 の件")
    assert "準備しています" not in found(cast, "夕張 の件") + found(cast, "無い言葉")
    assert ticket.reference in found(cast, "複合")


def test_the_manual_is_searched_too(cast: Cast) -> None:
    assert "アプリケーションの<mark>許可リスト</mark>" in found(cast, "許可リスト", "alice", "portal")


@pytest.mark.parametrize("typed", ["", "%00", "'", "\\", ":", '"', "💥", "a" * 5000, "-- ; DROP", "() & | ! <->"])
def test_odd_words_are_answered_calmly(cast: Cast, typed: str) -> None:
    assert cast.dana.get("/desk/search/", query_string={"q": typed}).status_code == 200
    assert cast.dana.get("/desk/search/?q=x&from=99999999999999999999").status_code == 200


def test_quoted_words_stand_side_by_side(cast: Cast) -> None:
    for subject in ("list of events", "the events list", "書き出す手順"):
        an_inquiry(cast.contact("alice"), subject)

    def found(typed: str) -> str:
        return cast.dana.get("/desk/search/", query_string={"q": typed}).text

    assert "the <mark>events list</mark>" in found('"events list"')
    assert "of events" not in found('"events list"')
    assert "書き出す" not in found('"手順 書き出す"').partition("<h1>")[2].partition('class="hit"')[2]
    assert 'class="hit"' in found('"書き出す手順"')


def test_a_search_takes_at_most_eight_statements(cast: Cast, statements: list[str]) -> None:
    an_inquiry(cast.contact("alice"), "夕張の件")
    dana, alice = cast.dana, cast.alice
    for client, where in ((dana, "desk"), (alice, "portal")):
        statements.clear()
        assert client.get(f"/{where}/search/?q=夕張").status_code == 200
        assert 0 < len(statements) <= 8, statements
