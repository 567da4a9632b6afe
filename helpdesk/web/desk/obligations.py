"""Dates and duties: what is due when, by which clause, for whom; as weeks, as a list, as files (R56)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk import clock
from helpdesk.accounts.roles import Role
from helpdesk.audit.models import record
from helpdesk.calendar.hours import DAY
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.life import today
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.obligations.duties import Duty, DutyKind, by_day
from helpdesk.obligations.gathering import duties_between
from helpdesk.obligations.ical import as_ical, duty_title
from helpdesk.obligations.words import DUTY_KIND_WORDS
from helpdesk.reports.acts import ReportAct
from helpdesk.spreadsheets import CellKind, Column, Table
from helpdesk.tickets.counts import count_views
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.exporting import exported
from helpdesk.web.pages import language

blueprint = Blueprint("obligations", __name__, url_prefix="/desk/obligations")
WHO = (Role.supervisor, Role.administrator)
WEEKS = 5
NEAR_DAYS = 1
FURTHEST = timedelta(days=3_650)


@blueprint.get("")
@audience(*WHO)
def page() -> ResponseReturnValue:
    """Five weeks from a Monday on; `kind` narrows, `duty` explains one."""
    day, hours = today(), current_calendar().hours
    first = _first_day(day)
    last = first + timedelta(days=7 * WEEKS - 1)
    every = duties_between(first, last, day)
    kind = request.args.get("kind", "")
    shown = [duty for duty in every if not kind or duty.kind.value == kind]
    weeks = [[first + DAY * (7 * week + number) for number in range(7)] for week in range(WEEKS)]
    return render_template(
        "desk/obligations.html",
        weeks=weeks,
        days=by_day(shown, day),
        shown=sorted(shown, key=lambda duty: (duty.shown_on(day), duty.kind)),
        urgent=[duty for duty in shown if duty.to_do and duty.on <= day],
        late=sum(duty.late(day) for duty in every),
        kinds={one: sum(duty.kind == one for duty in every) for one in DutyKind},
        total=len(every),
        kind=kind,
        chosen=next((duty for duty in every if duty.key == request.args.get("duty")), None),
        today=day,
        near=day + timedelta(days=NEAR_DAYS),
        first=first,
        last=last,
        week_before=first - 7 * DAY,
        week_after=first + 7 * DAY,
        hours=hours,
        title=duty_title,
        url_of=url_of,
        **({"counts": count_views(signed_in())} if signed_in().works_tickets else {}),
    )


@blueprint.get("/calendar.ics")
@audience(*WHO)
def ical() -> ResponseReturnValue:
    """The same span as an iCalendar file."""
    day = today()
    first = _first_day(day)
    duties = duties_between(first, first + timedelta(days=7 * WEEKS - 1), day)
    domain = current_app.config["SUPPORT_ADDRESS"].rpartition("@")[2]
    name = str(_("Dates and duties"))
    written = as_ical(duties, name=name, domain=domain, made_at=clock.now(), language=language())
    record(acting(), ReportAct.exported, signed_in(), what="duties", form="ics", narrowed={})
    db.session.commit()
    response = Response(written, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename=duties-{day:%Y%m%d}.ics"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/<any(xlsx, csv, cp932):form>")
@audience(*WHO)
def sheet(form: str) -> ResponseReturnValue:
    first = _first_day(today())
    duties = duties_between(first, first + timedelta(days=7 * WEEKS - 1), today())
    return exported(_table(duties), form, "duties")


def _table(duties: Sequence[Duty]) -> Table:
    heads = [_("Date"), _("Kind"), _("What"), _("Clause"), _("For whom"), _("Why")]
    kinds = [CellKind.day, *[CellKind.text] * 5]
    columns = [Column(str(head), kind, 22) for head, kind in zip(heads, kinds, strict=True)]
    rows = [
        (
            *(duty.on, word(DUTY_KIND_WORDS, duty.kind.value), duty_title(duty), duty.clause, duty.whom),
            duty.why.told(language()) if duty.why else "",
        )
        for duty in sorted(duties, key=lambda one: one.on)
    ]
    return Table(str(_("Dates and duties")), columns, rows)


def url_of(duty: Duty) -> str:
    """Where it is seen to; empty for what just happens to all."""
    kind, number = duty.place
    pages: dict[str, Any] = {
        "customer": lambda: url_for("desk.contracts.customer_page", customer_id=number),
        "people": lambda: url_for("desk.contracts.customer_page", customer_id=number),
        "personal": lambda: url_for("desk.personal.page", request_id=number),
        "contracts": lambda: url_for("desk.contracts.overview", state="active"),
        "billing": lambda: url_for("desk.contract_money.billing"),
    }
    if signed_in().works_tickets:
        pages["alerts"] = lambda: url_for("desk.queues.page", view="alerts")
        pages["reports"] = lambda: url_for("desk.reports.overview")
    return str(pages[kind]()) if kind in pages else ""


def _first_day(day: date) -> date:
    """The Monday of the week that the address names, else of the present one."""
    try:
        asked = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        asked = day
    asked = asked if abs(asked - day) < FURTHEST else day
    return asked - DAY * asked.weekday()
