"""What a page costs does not grow with what is closed (P3): what its statements read, at two sizes, by their plans.

Pages of PostgreSQL's buffers are counted, not time: the same on every machine. `make bench` measures time at a million.
"""

from collections.abc import Callable

from helpdesk.extensions import db
from helpdesk.search.finding import MATCHES
from helpdesk.tickets.answering import reply
from tests.conftest import Cast, Person
from tests.making import an_alert, an_inquiry

FEW, MANY = 4_000, 24_000
GROWTH_MAX = 1.2
DEEPER = 60
"""Pages more that may be read for indexes that are a level deeper, and for rows that lie further apart."""
LOOKED_UP = {"desk search": 3 * MATCHES}
"""So many matches at most are looked up one by one, each through an index of up to three levels."""

TICKETS = """
INSERT INTO tickets ({columns})
SELECT {values} FROM tickets t, generate_series(CAST(:first AS int), CAST(:last AS int)) n WHERE t.id = :one
"""
CHANGED = {
    "id": "nextval('tickets_id_seq')",
    "reference": "'x-' || n",
    "reply_token": "md5(n::text)",
    "once": "NULL",
    "state": "'closed'",
    "due_at": "NULL",
    "opened_at": "t.opened_at - interval '1 minute' * (CAST(:last AS int) - n + 10)",
    "updated_at": "t.updated_at - interval '1 minute' * (CAST(:last AS int) - n + 10)",
    "closed_at": "t.opened_at - interval '1 minute' * (CAST(:last AS int) - n + 10)",
}
MESSAGES = """
INSERT INTO messages (ticket_id, kind, author_name, author_kind, channel, at, body, terms, folds, has_html, marks)
SELECT t.id, 'customer', 'x', 'user', 'portal', t.opened_at, m.body, m.terms, '[]', false, '[]'
FROM tickets t, messages m WHERE t.reference LIKE 'x-%' AND t.id > :after AND m.id = :one ORDER BY t.id
"""


def close_more(first: int, last: int) -> None:
    """Closed tickets like the newest inquiry and the newest alert, one in four an alert, each with its words."""
    newest = db.session.scalar(db.text("SELECT max(id) FROM tickets"))
    columns = [column["name"] for column in db.inspect(db.session.connection()).get_columns("tickets")]
    for kind, start, end in (
        ("inquiry", first, last - (last - first) // 4 - 1),
        ("alert", last - (last - first) // 4, last),
    ):
        one = db.session.scalar(
            db.text("SELECT max(id) FROM tickets WHERE kind = :kind AND state <> 'closed'"), {"kind": kind}
        )
        values = ", ".join(CHANGED.get(column, f"t.{column}") for column in columns)
        made = TICKETS.format(columns=", ".join(columns), values=values)
        db.session.execute(db.text(made), {"first": start, "last": end, "one": one})
    said = db.session.scalar(db.text("SELECT max(id) FROM messages WHERE kind = 'customer'"))
    db.session.execute(db.text(MESSAGES), {"after": newest, "one": said})
    db.session.execute(db.text("ANALYZE"))
    db.session.commit()


def acts(cast: Cast, reference: str) -> dict[str, Callable[[], object]]:
    """What people open all day."""
    dana, alice, bob, erin = cast.dana, cast.alice, cast.bob, cast.erin

    def page(person: Person, url: str) -> Callable[[], object]:
        def get() -> object:
            answer = person.get(url)
            assert answer.status_code == 200, url
            return answer

        return get

    desk = {f"desk {view}": page(dana, f"/desk/queues/{view}") for view in ("open", "mine", "alerts", "closed")}
    return desk | {
        "desk by change": page(dana, "/desk/queues/open?sort=updated"),
        "desk ticket": page(dana, f"/desk/tickets/{reference}"),
        "desk poll": page(dana, "/desk/live/open?loaded=1"),
        "desk search": page(dana, "/desk/search/?q=許可リスト"),
        "desk supervision": page(erin, "/desk/supervision"),
        "portal home": page(alice, "/portal/"),
        "portal list": page(alice, "/portal/tickets"),
        "portal list of the organisation": page(bob, "/portal/tickets?whose=all"),
        "portal ticket": page(alice, f"/portal/tickets/{reference}"),
    }


def test_what_is_closed_costs_no_page_anything(
    cast: Cast, planned: Callable[[Callable[[], object]], int], record_property: Callable[[str, object], None]
) -> None:
    an_alert(cast.acme)
    ticket = an_inquiry(cast.contact("alice"))
    reply(ticket, cast.user("dana"), "お調べします。")
    db.session.commit()
    opened = acts(cast, ticket.reference)
    close_more(1, FEW)
    before = {name: planned(act) for name, act in opened.items()}
    close_more(FEW + 1, MANY)
    after = {name: planned(act) for name, act in opened.items()}
    for name, pages in after.items():
        record_property(name, (before[name], pages))
    grown = {n: (before[n], after[n]) for n in after if after[n] > before[n] * GROWTH_MAX + LOOKED_UP.get(n, DEEPER)}
    assert not grown, f"pages of buffers at {FEW:,} and {MANY:,} closed tickets"
