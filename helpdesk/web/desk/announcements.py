"""Announcements on the desk: written in both languages, looked at as they will be, planned, published, withdrawn."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from helpdesk.accounts.roles import Role
from helpdesk.announcements.models import SHOWN, Announcement, AnnouncementMail, Audience
from helpdesk.announcements.publishing import deliveries, drop, hold, plan, stamp_of, to_come, withdraw, write
from helpdesk.audit.models import events_of
from helpdesk.calendar.models import current_calendar
from helpdesk.contracts.models import Contract
from helpdesk.customers.models import Customer
from helpdesk.customers.resellers import Reseller
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.notices.models import Notice
from helpdesk.spreadsheets import CellKind, Column, Table
from helpdesk.tickets.counts import count_views
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.announcement_forms import AnnouncementForm, PlanForm, WithdrawForm, in_zone
from helpdesk.web.exporting import exported
from helpdesk.web.responding import again, done, refused

blueprint = Blueprint("announcements", __name__, url_prefix="/desk/announcements")
WHO = (Role.supervisor, Role.administrator)


@blueprint.get("")
@audience(*WHO)
def overview() -> ResponseReturnValue:
    rows = db.session.scalars(select(Announcement).order_by(Announcement.id.desc()).limit(SHOWN)).all()
    sent = deliveries([one.id for one in rows])
    return render_template("desk/announcements.html", rows=rows, sent=sent, **_counts())


@blueprint.get("/new")
@audience(*WHO)
def new_form() -> ResponseReturnValue:
    return render_template("desk/announcement_form.html", **_page(_form()))


@blueprint.post("/new")
@audience(*WHO)
def create() -> ResponseReturnValue:
    return _saved(None)


@blueprint.get("/<int:announcement_id>")
@audience(*WHO)
def page(announcement_id: int) -> ResponseReturnValue:
    """As customers will see it, in both languages, with what can be done next and how its mails fare."""
    one = db.get_or_404(Announcement, announcement_id)
    return render_template("desk/announcement.html", **_shown(one))


@blueprint.get("/<int:announcement_id>/words")
@audience(*WHO)
def change_form(announcement_id: int) -> ResponseReturnValue:
    one = db.get_or_404(Announcement, announcement_id)
    return render_template("desk/announcement_form.html", **_page(_form(one), one))


@blueprint.post("/<int:announcement_id>/words")
@audience(*WHO)
def change(announcement_id: int) -> ResponseReturnValue:
    return _saved(db.get_or_404(Announcement, announcement_id))


@blueprint.post("/<int:announcement_id>/publication")
@audience(*WHO)
def publish_it(announcement_id: int) -> ResponseReturnValue:
    """At the time that is given, else now."""
    one, form = db.get_or_404(Announcement, announcement_id), PlanForm()
    if not form.validate():
        return again("desk/announcement.html", **_shown(one, plan=form))
    try:
        plan(acting(), one, in_zone(form.publish_at.data), seen=form.seen.data or None)
    except Refusal as refusal:
        return _refused(refusal, announcement_id, plan=form)
    words = _("It is planned.") if form.publish_at.data else _("It is being published.")
    return done(words, "desk.announcements.page", announcement_id=announcement_id)


@blueprint.post("/<int:announcement_id>/hold")
@audience(*WHO)
def hold_it(announcement_id: int) -> ResponseReturnValue:
    hold(acting(), db.get_or_404(Announcement, announcement_id))
    return done(_("It is a draft again."), "desk.announcements.page", announcement_id=announcement_id)


@blueprint.post("/<int:announcement_id>/withdrawal")
@audience(*WHO)
def withdraw_it(announcement_id: int) -> ResponseReturnValue:
    one, form = db.get_or_404(Announcement, announcement_id), WithdrawForm()
    if not form.validate():
        return again("desk/announcement.html", **_shown(one, withdraw=form))
    withdraw(acting(), one, form.words.data or "")
    return done(_("Withdrawn: nobody sees it any more."), "desk.announcements.page", announcement_id=announcement_id)


@blueprint.post("/<int:announcement_id>/removal")
@audience(*WHO)
def throw_away(announcement_id: int) -> ResponseReturnValue:
    drop(acting(), db.get_or_404(Announcement, announcement_id))
    return done(_("The draft was thrown away."), "desk.announcements.overview")


@blueprint.get("/<int:announcement_id>/mails/<any(xlsx, csv, cp932):form>")
@audience(*WHO)
def sheet(announcement_id: int, form: str) -> ResponseReturnValue:
    """Who was mailed, and whether it arrived."""
    heads = [_("Customer"), _("Name"), _("Mail address"), _("Written"), _("State"), _("What the server said")]
    kinds = [*[CellKind.text] * 3, CellKind.moment, CellKind.text, CellKind.text]
    rows = [
        (
            *(one.contact.customer.name, one.contact.name, one.notice.to_address, one.notice.created_at),
            *(_arrived(one.notice), one.notice.bounce_words or one.notice.last_error or ""),
        )
        for one in _mails(announcement_id, 50_000)
    ]
    columns = [Column(str(head), kind, 24) for head, kind in zip(heads, kinds, strict=True)]
    return exported(Table(str(_("Mails of the announcement")), columns, rows), form, f"announcement-{announcement_id}")


def _saved(draft: Announcement | None) -> ResponseReturnValue:
    form = _form(draft, request.form)
    if not form.validate():
        return again("desk/announcement_form.html", **_page(form, draft))
    number = draft.id if draft is not None else None
    try:
        saved = write(acting(), form.words(), draft)
    except Refusal as refusal:
        db.session.rollback()
        draft = db.session.get(Announcement, number) if number else None
        page = _page(form, draft)
        if refusal.field == "seen" and draft is not None:
            form.seen.raw_data, form.seen.data, page["theirs"] = None, stamp_of(draft), draft
        page.pop("form")
        return refused(refusal, form, "desk/announcement_form.html", **page)
    return done(_("Kept as a draft. Look at it, then publish it."), "desk.announcements.page", announcement_id=saved.id)


def _form(one: Announcement | None = None, typed: Any = None) -> AnnouncementForm:
    zone, given = current_calendar().hours.zone, {}
    if one is not None:
        names = ("kind", "audience", "title_ja", "title_en", "body_ja", "body_en", "mailed")
        given = {name: getattr(one, name) for name in names}
        for name in ("begins_at", "ends_at", "shown_until"):
            at = getattr(one, name)
            given[name] = at.astimezone(zone) if at is not None else None
        given["seen"] = stamp_of(one)
        given |= {"plans": one.targets, "resellers": one.targets, "customers": one.targets}
    form = AnnouncementForm(formdata=typed, **given)
    plans = db.session.scalars(
        select(Contract.plan).where(Contract.ended_at.is_(None)).distinct().order_by(Contract.plan)
    )
    form.plans.choices = [(plan, plan) for plan in plans]
    resellers = db.session.execute(select(Reseller.id, Reseller.name).order_by(Reseller.name))
    form.resellers.choices = [(number, name) for number, name in resellers]
    customers = db.session.execute(select(Customer.id, Customer.name).order_by(Customer.name))
    form.customers.choices = [(number, name) for number, name in customers]
    return form


def _page(form: AnnouncementForm, draft: Announcement | None = None) -> dict[str, Any]:
    return {"form": form, "one": draft, **_counts()}


def _refused(refusal: Refusal, announcement_id: int, **forms: FlaskForm) -> ResponseReturnValue:
    """The page with the refusal beside the field of the form that was sent, where it has one."""
    (form,) = forms.values()
    db.session.rollback()
    field = form._fields.get(refusal.field)
    if field is None:
        raise refusal
    field.errors = [str(refusal)]
    if refusal.field == "seen":
        field.raw_data, field.data = None, stamp_of(db.session.get_one(Announcement, announcement_id))
    return render_template(
        "desk/announcement.html", **_shown(db.session.get_one(Announcement, announcement_id), **forms)
    ), 409


def _shown(one: Announcement, **forms: FlaskForm) -> dict[str, Any]:
    page: dict[str, Any] = {"one": one, "sent": deliveries([one.id]).get(one.id), "events": events_of(one)}
    page["forms"] = {
        "plan": PlanForm(formdata=None, seen=stamp_of(one)),
        "withdraw": WithdrawForm(formdata=None),
    } | forms
    page["targets"], page["to_come"] = _named(one), to_come(one)
    troubled = [mail for mail in _mails(one.id, 200) if _troubled(mail.notice)]
    return page | {"troubled": troubled} | _counts()


def _named(one: Announcement) -> list[str]:
    """Whom it is for, by name."""
    if one.audience in (Audience.all, Audience.plan):
        return [str(target) for target in one.targets]
    table = Reseller if one.audience == Audience.reseller else Customer
    return list(db.session.scalars(select(table.name).where(table.id.in_(one.targets)).order_by(table.name)))


def _mails(announcement_id: int, limit: int) -> list[AnnouncementMail]:
    """Those with trouble first."""
    rows = select(AnnouncementMail).join(Notice).where(AnnouncementMail.announcement_id == announcement_id)
    rows = rows.options(joinedload(AnnouncementMail.notice), joinedload(AnnouncementMail.contact))
    rows = rows.order_by(Notice.bounced_at.is_(None), Notice.state != "failed", Notice.id)
    return list(db.session.scalars(rows.limit(limit)))


def _troubled(notice: Notice) -> bool:
    return notice.bounced_at is not None or (notice.state.value == "failed" and notice.withdrawn_at is None)


def _arrived(notice: Notice) -> str:
    if notice.withdrawn_at is not None and notice.state.value != "done":
        return str(_("withdrawn before it left"))
    if _troubled(notice):
        return str(_("did not arrive"))
    return str(_("out")) if notice.state.value == "done" else str(_("on its way"))


def _counts() -> dict[str, Any]:
    return {"counts": count_views(signed_in())} if signed_in().works_tickets else {}
