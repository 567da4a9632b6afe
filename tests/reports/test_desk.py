"""The desk's figures: days as they were kept equal the truth, and every number is the list behind it (R12)."""

import random
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk.calendar.hours import midnight
from helpdesk.calendar.models import current_calendar
from helpdesk.extensions import db
from helpdesk.reports.behind import Behind, Of
from helpdesk.reports.days import By, DayFigure, Tally, count_day, count_last_days, tallies
from helpdesk.reports.desk import AGES, Scope, open_rows
from helpdesk.reports.periods import period_figures, quantile
from helpdesk.tickets.answering import reply
from helpdesk.tickets.matching import count_matching
from helpdesk.tickets.models import Ticket
from tests.conftest import Cast, Command
from tests.making import TEXT, an_alert, an_inquiry, reported

Move = Callable[[str], datetime]


@pytest.fixture
def weeks(cast: Cast, at: Move) -> None:
    """Two weeks of a desk with two agents and two customers, weekends and evenings included."""
    rng = random.Random(7)
    start = datetime.fromisoformat("2026-11-09T08:00:00+09:00")
    moments = sorted(start + timedelta(minutes=rng.randrange(14 * 24 * 60)) for _n in range(120))
    people = [cast.contact("alice"), cast.contact("charlie")]
    agents = [cast.user("dana"), cast.user("sato")]
    for number, moment in enumerate(moments):
        at(moment.isoformat())
        person, agent = rng.choice(people), rng.choice(agents)
        if rng.random() < 0.3:
            ticket = an_alert(person.customer, TEXT.replace("ab" * 32, f"{number:064d}"))
        else:
            ticket = an_inquiry(person)
        if rng.random() < 0.7:
            ticket.assign(agent.actor(), agent)
        db.session.commit()
        earlier = list(db.session.scalars(select(Ticket).where(Ticket.closed_at.is_(None)).order_by(Ticket.id)))
        for old in rng.sample(earlier, min(2, len(earlier))):
            if old.kind == "alert":
                contact = next(one for one in people if one.customer_id == old.customer_id)
                reported(old, agent, contact)
            else:
                reply(old, agent, "お答えします。")
            if rng.random() < 0.5:
                old.close(agent.actor(), "")
            elif rng.random() < 0.3:
                old.wait_for_customer(agent.actor())
        db.session.commit()
    at("2026-11-23T11:00:00+09:00")


def test_kept_days_equal_the_truth(cast: Cast, weeks: None) -> None:
    assert count_last_days() == 31
    assert count_last_days() == 0, "each is kept once"
    zone = current_calendar().hours.zone
    for by in By:
        for day in (date(2026, 11, 9) + timedelta(days=n) for n in range(14)):
            truth = tallies(midnight(day, zone), midnight(day + timedelta(days=1), zone), by, zone)
            rows = select(DayFigure).where(DayFigure.day == day, DayFigure.by == by)
            kept = {row.key: Tally(**row.figures) for row in db.session.scalars(rows)}
            assert {key: tally for key, tally in kept.items() if tally != Tally()} == truth


@pytest.mark.parametrize("counted", [True, False], ids=["kept", "not counted yet"])
def test_sums_over_days_equal_the_whole_span(cast: Cast, weeks: None, counted: bool) -> None:
    if counted:
        count_last_days()
    period = period_figures(Scope(days=10))
    first = midnight(period.days[0], current_calendar().hours.zone)
    opened = [ticket for ticket in db.session.scalars(select(Ticket)) if ticket.opened_at >= first]
    assert period.whole.received == len(opened) > 60
    answered = [t for t in db.session.scalars(select(Ticket)) if t.first_responded_at and t.first_responded_at >= first]
    met = sum(t.first_due_at is None or t.first_responded_at <= t.first_due_at for t in answered)
    assert (period.met, period.met + period.late) == (met, len(answered))
    assert [day.weekday() < 5 for day in period.days[:-1]] == [True] * 9


@pytest.mark.parametrize(
    "narrowed", [{}, {"queue": "inquiries"}, {"agent": "dana"}, {"agent": "0"}, {"customer": "acme"}]
)
def test_every_figure_is_the_list_behind_it(cast: Cast, weeks: None, narrowed: dict[str, str]) -> None:
    count_last_days()
    words = dict(narrowed)
    if words.get("agent") == "dana":
        words["agent"] = str(cast.user("dana").id)
    if "customer" in words:
        words["customer"] = str(cast.acme.id)
    scope = Scope.read(words)
    rows, period = open_rows(scope), period_figures(scope)

    def behind(of: str, **more: str) -> int:
        return count_matching(Behind.read({**words, "of": of, **more}).conditions())

    assert behind("open") == sum(row.open for row in rows)
    assert behind("late") == sum(row.late for row in rows)
    assert behind("near") == sum(row.near for row in rows)
    assert behind("unassigned") == sum(row.open for row in rows if row.agent_id is None)
    for age in range(len(AGES)):
        ours, theirs = (sum(row.ages[age][n] for row in rows) for n in (0, 1))
        assert (behind("age", age=str(age), waits="0"), behind("age", age=str(age), waits="1")) == (ours, theirs)
    assert sum(sum(map(sum, row.ages)) for row in rows) == behind("open"), "each is in one class"
    whole = period.whole
    assert behind("received", kind="inquiry") == whole.inquiries
    assert behind("received", kind="alert") == whole.alerts
    assert behind("missed", kind="inquiry") == whole.answered_late
    assert behind("met", kind="alert") == whole.reported_met
    assert behind("completed") == whole.completed
    for day, tally in period.by_day:
        assert behind("received", day=day.isoformat()) == tally.received, day
    assert behind("answered", kind="inquiry") == len(whole.answers)


def test_the_page_links_each_number_and_has_no_dead_end(cast: Cast, weeks: None) -> None:
    count_last_days()
    db.session.commit()
    erin = cast.erin
    page = erin.get("/desk/supervision?days=10").text
    links = set(re.findall(r'href="(/desk/supervision/tickets\?[^"]+)"', page))
    assert len(links) > 20
    for link in sorted(links):
        answer = erin.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert '<span class="count">0</span>' not in answer.text, link
    assert erin.get("/desk/supervision/wall").status_code == 200


def test_addresses_that_say_nothing_narrow_nothing(cast: Cast) -> None:
    for words in ("days=3", "queue=zz", "agent=x&customer=-1", "of=zz", "of=age&age=99&day=2026-13-45", "after=zz"):
        assert cast.erin.get(f"/desk/supervision?{words}").status_code == 200
        assert cast.erin.get(f"/desk/supervision/tickets?{words}").status_code == 200
    assert Behind.read({"of": "nothing"}).of == Of.open


def test_a_quiet_desk_says_so_without_numbers_to_click(cast: Cast) -> None:
    page = cast.erin.get("/desk/supervision").text
    assert 'class="figure bad"' not in page
    assert "/desk/supervision/tickets?" not in page


def test_the_cost_does_not_grow_with_what_is_closed(cast: Cast, weeks: None, statements: list[str]) -> None:
    count_last_days()
    erin = cast.erin
    erin.get("/desk/supervision")
    statements.clear()
    erin.get("/desk/supervision")
    assert len(statements) <= 40


def test_the_command_counts_days_anew(cast: Cast, weeks: None, command: Command) -> None:
    count_last_days()
    db.session.execute(db.update(DayFigure).values(figures={}))
    assert "14 days" in command("report", "days", "--since", "2026-11-09").output
    row = db.session.get_one(DayFigure, (date(2026, 11, 10), By.whole, ""))
    assert Tally(**row.figures).received > 0
    assert count_day(date(2026, 11, 10)) > 1


def test_quantiles() -> None:
    assert quantile([], 50) is None
    assert [quantile([1, 2, 3, 4], percent) for percent in (50, 90)] == [2, 4]
    assert quantile(list(range(1, 101)), 90) == 90
