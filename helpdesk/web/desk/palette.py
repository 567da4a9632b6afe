"""The command palette: one box for views, tickets, customers, people, pages and what can be done here."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import DESK, Role
from helpdesk.customers.models import Customer
from helpdesk.desk.palette import SHOWN, WORDS_MAX, customers_like, fits, people_like, tickets_like, ways
from helpdesk.marking import N_, word
from helpdesk.search.excerpts import Piece, marked
from helpdesk.tickets.counts import Counts, count_views
from helpdesk.tickets.macros import all_macros
from helpdesk.tickets.titles import titled
from helpdesk.tickets.views import View
from helpdesk.tickets.words import STATE_WORDS, VIEW_WORDS
from helpdesk.web.access import answers, audience, signed_in
from helpdesk.web.pages import short

blueprint = Blueprint("palette", __name__, url_prefix="/desk/palette")


@dataclass(frozen=True)
class PaletteRow:
    """One choice: a page to go to, or a control of this page to press (`press`, a CSS selector)."""

    symbol: str
    title: list[Piece]
    hint: list[Piece] = field(default_factory=list)
    aside: str = ""
    url: str = ""
    press: str = ""


@dataclass(frozen=True)
class PaletteGroup:
    kind: str
    words: str
    rows: Sequence[PaletteRow]


SIGNS = {"#": "tickets", "@": "people", ">": "acts"}
"""A sign before the words narrows them to one kind."""


@blueprint.get("")
@audience(DESK)
def find() -> ResponseReturnValue:
    """The groups that fit what was typed, as a fragment of a page; with nothing typed, where to go and what to do."""
    typed = request.args.get("q", "").strip()[:WORDS_MAX]
    kind = SIGNS.get(typed[:1], request.args.get("kind", ""))
    words = typed[1:].strip() if typed[:1] in SIGNS and not typed[1:2].isdecimal() else typed.lstrip("#@>").strip()
    groups = [group for group in _groups(signed_in(), words) if group.rows and kind in ("", group.kind)]
    return render_template(
        "desk/_palette.html", groups=groups, typed=words, count=sum(len(group.rows) for group in groups)
    )


def _groups(user: User, words: str) -> Iterator[PaletteGroup]:
    asked, counts = ways(words), count_views(user)
    customers = customers_like(asked) if words else []
    zone = counts.calendar.hours.zone
    yield PaletteGroup("customers", _("Customers"), [_customer(one, asked) for one in customers])
    yield PaletteGroup("views", _("View"), _views(counts, asked))
    found = tickets_like(user, words, customers, zone) if words else []
    tickets = [
        PaletteRow(
            "alert" if row.kind == "alert" else "inquiry",
            [(f"{row.reference} ", False), *marked(titled(row.subject, row.title), asked)],
            aside=f"{row.customer or ''} · {word(STATE_WORDS, row.state.value)} · {short(row.updated_at)}",
            url=url_for("desk.tickets.ticket_page", reference=row.reference),
        )
        for row in found
    ]
    if len(tickets) >= SHOWN:
        everything = [(_("Show everything that the search finds"), False)]
        tickets.append(PaletteRow("search", everything, url=url_for("desk.search.results", q=words)))
    yield PaletteGroup("tickets", _("Tickets"), tickets)
    people = [
        PaletteRow(
            "person",
            marked(one.name, asked),
            marked(f"{one.kana} · {one.customer.name}".strip(" ·"), asked),
            one.phone,
            url_for("desk.queues.page", view="open", customer=one.customer.name),
        )
        for one in (people_like(asked) if words else [])
    ]
    yield PaletteGroup("people", _("Persons"), people)
    yield PaletteGroup("macros", _("Prepared replies"), _macros(asked) if words else [])
    yield PaletteGroup("acts", _("Do"), list(_acts(user, asked)))


def _macros(asked: Sequence[str]) -> list[PaletteRow]:
    """Prepared replies, to be put into the reply of the ticket that the palette was opened on."""
    here = re.fullmatch(r"/desk/tickets/([0-9-]{6,20})", urlsplit(request.referrer or "").path)
    if here is None:
        return []
    return [
        PaletteRow(
            "act",
            marked(one.title, asked),
            [(one.folder, False)],
            one.does,
            url_for("desk.tickets.ticket_page", reference=here[1], macro=one.id) + "#composer",
        )
        for one in all_macros()
        if fits(f"{one.name} {one.name_en} {one.folder}", asked)
    ][:SHOWN]


def _customer(one: Customer, asked: Sequence[str]) -> PaletteRow:
    url = url_for("desk.queues.page", view="open", customer=one.name)
    return PaletteRow("customer", marked(one.name, asked), marked(one.kana, asked), _("open tickets"), url)


def _views(counts: Counts, asked: Sequence[str]) -> list[PaletteRow]:
    rows = [
        PaletteRow(
            "view",
            marked(word(VIEW_WORDS, view.value), asked),
            aside=counts.by_view.get(view, ""),
            url=url_for("desk.queues.page", view=view.value),
        )
        for view in View
        if not asked[0] or fits(f"{word(VIEW_WORDS, view.value)} {view.value} {READINGS.get(view.value, '')}", asked)
    ]
    rows += [
        PaletteRow(
            "view",
            marked(one.name, asked),
            [(_("Queue"), False)],
            one.count,
            url_for("desk.queues.page", view="open", queue=one.code),
        )
        for one in counts.own
        if not asked[0] or fits(one.name, asked)
    ]
    return rows + [
        PaletteRow(
            "view",
            marked(one.name, asked),
            [(_("kept view"), False)],
            one.count,
            url_for("desk.queues.page", view=one.list.view.value, **one.list.address()),
        )
        for one in counts.kept
        if not asked[0] or fits(one.name, asked)
    ]


@dataclass(frozen=True)
class Doing:
    """Something to do: `words` to translate, what else it is found by, and where; on a page of its own or on this."""

    words: str
    found_by: str
    page: str = ""
    press: str = ""
    roles: frozenset[Role] = DESK


def _acts(user: User, asked: Sequence[str]) -> Iterator[PaletteRow]:
    for one in DOINGS:
        said = _(one.words)
        if answers(one.roles, user) and (not asked[0] or fits(f"{said} {one.words} {one.found_by}", asked)):
            url = url_for(one.page) if one.page else ""
            yield PaletteRow("page" if one.page else "act", marked(said, asked), url=url, press=one.press)


_SUPERVISORS = frozenset({Role.supervisor})
READINGS = {
    "mine": "じぶんのたんとう",
    "unassigned": "みわりあて",
    "soon": "きげんがちかい",
    "open": "すべてのみかんりょう",
    "alerts": "あらーと",
    "inquiries": "といあわせ",
    "contracts": "けいやく せいきゅう",
    "unmatched": "しょうごうまち めーる",
    "contested": "いぎ",
    "snoozed": "ほりゅう すぬーず",
    "closed": "かんりょう",
}
DOINGS = (
    Doing(N_("Take this ticket"), "わりあて たんとう assign take", press="button.take"),
    Doing(N_("Reply to the customer"), "へんしん reply", press="label[for=tab-reply]"),
    Doing(N_("Write an internal note"), "しゃないめも note", press="label[for=tab-note]"),
    Doing(N_("Put this ticket away"), "ほりゅう すぬーず snooze", press=".handling [data-snooze]"),
    Doing(N_("Complete this ticket"), "かんりょう close", press=".ticket-close button"),
    Doing(N_("Merge, split or link this ticket"), "とうごう ぶんかつ merge split", press=".handling summary"),
    Doing(N_("Open alerts of all customers"), "あらーと ふぁいるべつ alerts by file", "desk.alerts.overview"),
    Doing(N_("Record a call"), "でんわ うけつけ phone call", "desk.phone.form"),
    Doing(N_("Search"), "けんさく search", "desk.search.results"),
    Doing(N_("Prepared replies"), "ていけいぶん macros prepared replies", "desk.macros.page"),
    Doing(N_("Outgoing mail"), "そうしん めーる mail", "desk.mails.outgoing"),
    Doing(N_("Manual"), "まにゅある manual", "portal.manuals.contents"),
    Doing(N_("Monthly reports"), "げつじ れぽーと ほうこく report", "desk.reports.overview"),
    Doing(N_("Your account"), "あかうんと せってい account language", "public.accounts.account"),
    Doing(N_("Show the keys"), "きー そうさ keys help", press="[data-keys-card]"),
    Doing(N_("Supervision"), "うんよう じょうきょう figures", "desk.supervision.page", roles=_SUPERVISORS),
    Doing(N_("Service calendar"), "かれんだー きゅうぎょう", "desk.calendar.calendar_page", roles=_SUPERVISORS),
    Doing(N_("Teams and queues"), "ちーむ きゅー さいそく teams queues waiting", "desk.teams.page", roles=_SUPERVISORS),
    Doing(N_("Administrators and tickets"), "かんりしゃ えつらん grant", "desk.grants.page", roles=_SUPERVISORS),
    Doing(N_("Checklists"), "ちぇっくりすと checklists", "desk.checklists.templates", roles=_SUPERVISORS),
    Doing(N_("Triage"), "はんてい るーる triage rules", "desk.tuning.overview", roles=_SUPERVISORS),
    Doing(N_("Manuals"), "まにゅある はん manuals", "desk.manuals.overview", roles=_SUPERVISORS),
    Doing(N_("Mail ledger"), "めーる だいちょう ledger", "desk.mails.ledger_page", roles=_SUPERVISORS),
)
