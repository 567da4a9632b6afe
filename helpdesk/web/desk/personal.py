"""Requests about personal data on the desk: recorded, checked, decided with a ground, carried out (16; R61)."""

from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from helpdesk.accounts.roles import Role
from helpdesk.audit.models import events_of, record
from helpdesk.contracts.life import today
from helpdesk.customers.people import contact_by_email
from helpdesk.errands import ErrandState
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.privacy.acts import PrivacyAct
from helpdesk.privacy.amending import look_for, replace_found
from helpdesk.privacy.kinds import OPEN_STATES, PrivacyGround, RequestKind
from helpdesk.privacy.models import Amendment, Disclosure, Erasure, PersonalRequest
from helpdesk.privacy.requests import ask_for, carry_out, check, disclosure_of, grant, refuse_request, take_back
from helpdesk.privacy.words import REQUEST_KIND_WORDS, REQUEST_STATE_WORDS
from helpdesk.spreadsheets import CellKind, Column, Table
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.kinds import Channel
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.disclosures import disclosure_file
from helpdesk.web.exporting import exported
from helpdesk.web.personal_forms import (
    REQUEST_FORMS,
    AmendForm,
    AskForm,
    CheckForm,
    DoneForm,
    GrantRequestForm,
    RefuseForm,
)
from helpdesk.web.responding import again, done, refused

blueprint = Blueprint("personal", __name__, url_prefix="/desk/personal")
WHO = (Role.supervisor, Role.administrator)
SHOWN = 100


@blueprint.get("")
@audience(*WHO)
def overview() -> ResponseReturnValue:
    """Those that are open, the most urgent first; then those decided last."""
    open_ones = _rows().where(PersonalRequest.state.in_(OPEN_STATES)).order_by(PersonalRequest.due_on)
    ended = _rows().where(PersonalRequest.state.not_in(OPEN_STATES)).order_by(PersonalRequest.id.desc()).limit(SHOWN)
    troubled = select(Erasure).where(Erasure.state == ErrandState.failed).order_by(Erasure.id.desc()).limit(20)
    outside = select(Erasure).where(Erasure.contact_id.is_(None)).order_by(Erasure.id.desc()).limit(20)
    page = {"open_ones": db.session.scalars(open_ones.limit(500)).all(), "ended": db.session.scalars(ended).all()}
    page["outsiders"] = db.session.scalars(outside).all()
    return render_template(
        "desk/personal.html", troubled=db.session.scalars(troubled).all(), today=today(), **page, **_counts()
    )


@blueprint.get("/list/<any(xlsx, csv, cp932):form>")
@audience(*WHO)
def sheet(form: str) -> ResponseReturnValue:
    heads = [
        _("Number"),
        _("Asked for on"),
        _("Customer"),
        _("The person"),
        _("What"),
        _("State"),
        _("Due"),
        _("Decision made"),
        _("Clause"),
    ]
    kinds = [CellKind.text, CellKind.moment, *[CellKind.text] * 4, CellKind.day, CellKind.moment, CellKind.text]
    rows = [
        (
            *(one.ticket.reference, one.asked_at, one.customer.name, one.contact.name),
            *(word(REQUEST_KIND_WORDS, one.kind), word(REQUEST_STATE_WORDS, one.state)),
            *(one.due_on, one.decided_at, one.ground.clause if one.ground else one.kind.clause),
        )
        for one in db.session.scalars(_rows().order_by(PersonalRequest.id.desc()).limit(50_000))
    ]
    columns = [Column(str(head), kind, 20) for head, kind in zip(heads, kinds, strict=True)]
    return exported(Table(str(_("Requests about personal data")), columns, rows), form, "personal-requests")


@blueprint.get("/new")
@audience(Role.agent, *WHO)
def new_form() -> ResponseReturnValue:
    return render_template("desk/personal_new.html", form=AskForm(formdata=None), **_counts())


@blueprint.post("/new")
@audience(Role.agent, *WHO)
def create() -> ResponseReturnValue:
    """By an agent: who asks is checked afterwards, by somebody who decides."""
    form = AskForm()
    if not form.validate():
        return again("desk/personal_new.html", form=form, **_counts())
    try:
        contact = contact_by_email(form.email.data or "")
        if contact is None:
            raise Refusal(_("Nobody with this mail address is on record."), field="email")
        channel = Channel(form.channel.data)
        made = ask_for(acting(), contact, RequestKind(form.kind.data), form.wanted.data or "", channel=channel)
    except Refusal as refusal:
        return refused(refusal, form, "desk/personal_new.html", **_counts())
    words = _("%(number)s is on record; the person has a confirmation by mail.", number=made.ticket.reference)
    if signed_in().role in WHO:
        return done(words, "desk.personal.page", request_id=made.id)
    return done(words, "desk.tickets.ticket_page", reference=made.ticket.reference)


@blueprint.get("/<int:request_id>")
@audience(*WHO)
def page(request_id: int) -> ResponseReturnValue:
    """Everything about one request; that it was looked at is on record (R63)."""
    asked = db.get_or_404(PersonalRequest, request_id)
    record(acting(), PrivacyAct.looked, asked.ticket, of=asked.ticket.reference)
    db.session.commit()
    return render_template("desk/personal_request.html", **_page(asked))


@blueprint.post("/<int:request_id>/check")
@audience(*WHO)
def check_person(request_id: int) -> ResponseReturnValue:
    asked, form = db.get_or_404(PersonalRequest, request_id), CheckForm()
    return _act(asked, form, "check", lambda: check(acting(), asked, form.how.data or ""), _("Checked. Now decide."))


@blueprint.post("/<int:request_id>/grant")
@audience(*WHO)
def grant_it(request_id: int) -> ResponseReturnValue:
    asked, form = db.get_or_404(PersonalRequest, request_id), GrantRequestForm()
    also = (form.also.data or "").splitlines()

    def act() -> None:
        grant(acting(), asked, form.words.data or "", also=also, keep_attached=bool(form.keep_attached.data))

    return _act(asked, form, "grant", act, _("Granted; it is being carried out."))


@blueprint.post("/<int:request_id>/refusal")
@audience(*WHO)
def refuse_it(request_id: int) -> ResponseReturnValue:
    asked, form = db.get_or_404(PersonalRequest, request_id), RefuseForm()

    def act() -> None:
        refuse_request(acting(), asked, PrivacyGround(form.ground.data), form.words.data or "")

    return _act(asked, form, "refuse", act, _("Refused; the person is told by mail."))


@blueprint.post("/<int:request_id>/done")
@audience(*WHO)
def carry_it_out(request_id: int) -> ResponseReturnValue:
    """What was asked to be corrected is corrected."""
    asked, form = db.get_or_404(PersonalRequest, request_id), DoneForm()
    return _act(
        asked, form, "done", lambda: carry_out(acting(), asked, form.words.data or ""), _("The person is told.")
    )


@blueprint.post("/<int:request_id>/amendments")
@audience(*WHO)
def look_for_words(request_id: int) -> ResponseReturnValue:
    """Have it counted where wrong words stand (16-4)."""
    asked, form = db.get_or_404(PersonalRequest, request_id), AmendForm()

    def act() -> None:
        look_for(acting(), asked, form.wrong.data or "", form.right.data or "")

    return _act(asked, form, "amend", act, _("It is being counted."))


@blueprint.get("/<int:request_id>/ready")
@audience(*WHO)
def ready(request_id: int) -> ResponseReturnValue:
    """Asked every few seconds: has the page loaded again, which is a look on record, once something has ended."""
    changed = request.args.get("n", "") != str(_under_way(request_id))
    return ("", 200, {"HX-Refresh": "true"}) if changed else ("", 204)


def _under_way(request_id: int) -> int:
    """How much of its work has not ended."""
    return sum(
        db.session.scalar(
            select(func.count()).select_from(work).where(work.request_id == request_id, work.finished_at.is_(None))
        )
        or 0
        for work in (Amendment, Disclosure, Erasure)
    )


@blueprint.post("/<int:request_id>/amendments/<int:amendment_id>")
@audience(*WHO)
def replace_words(request_id: int, amendment_id: int) -> ResponseReturnValue:
    looked = db.session.scalar(
        select(Amendment).where(Amendment.id == amendment_id, Amendment.request_id == request_id)
    )
    if looked is None:
        abort(404)
    replace_found(acting(), looked)
    return done(_("It is being replaced."), "desk.personal.page", request_id=request_id)


@blueprint.post("/<int:request_id>/withdrawal")
@audience(*WHO)
def withdraw(request_id: int) -> ResponseReturnValue:
    take_back(acting(), db.get_or_404(PersonalRequest, request_id))
    return done(_("The request was taken back."), "desk.personal.overview")


@blueprint.get("/<int:request_id>/<any(json, pdf, zip):form>")
@audience(Role.supervisor)
def fetch(request_id: int, form: str) -> ResponseReturnValue:
    """For a person who cannot sign in: it is handed over by hand, and the record says by whom.

    It holds tickets: administrators see those only while a supervisor lets them (R70).
    """
    return disclosure_file(db.get_or_404(PersonalRequest, request_id), form)


def _act(asked: PersonalRequest, form: FlaskForm, name: str, act: Any, words: str) -> ResponseReturnValue:
    request_id = asked.id
    if not form.validate():
        return again("desk/personal_request.html", **_page(asked, **{name: form}))
    try:
        act()
    except Refusal as refusal:
        db.session.rollback()
        field = form._fields.get(refusal.field) or next(iter(form))
        field.errors = [str(refusal)]
        page = _page(db.session.get_one(PersonalRequest, request_id), **{name: form})
        return render_template("desk/personal_request.html", **page), 409
    return done(words, "desk.personal.page", request_id=request_id)


def _page(asked: PersonalRequest, **given: FlaskForm) -> dict[str, Any]:
    forms = {name: kind(formdata=None) for name, kind in REQUEST_FORMS.items()} | given
    erasure = db.session.scalar(select(Erasure).where(Erasure.request_id == asked.id).limit(1))
    amended = select(Amendment).where(Amendment.request_id == asked.id).order_by(Amendment.id)
    page = {"asked": asked, "forms": forms, "made": disclosure_of(asked), "erasure": erasure}
    page["under_way"] = _under_way(asked.id)
    page["amended"] = db.session.scalars(amended).all()
    return page | {"events": events_of(asked.ticket)} | _counts()


def _rows() -> Any:
    whom = (
        joinedload(PersonalRequest.contact),
        joinedload(PersonalRequest.customer),
        joinedload(PersonalRequest.ticket),
    )
    return select(PersonalRequest).options(*whom)


def _counts() -> dict[str, Any]:
    return {"counts": count_views(signed_in())} if signed_in().works_tickets else {}
