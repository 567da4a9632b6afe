"""Terms of use and service menu: drafts, publishing, who accepted which version (R60)."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.roles import Role
from helpdesk.contracts.life import today
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.marking import word
from helpdesk.spreadsheets import CellKind, Column, Table
from helpdesk.terms.documents import kept_document
from helpdesk.terms.models import TermsKind, TermsVersion, acceptances, coming, in_force, versions_of
from helpdesk.terms.publishing import (
    BODY_MAX,
    TermsWords,
    drop_draft,
    earliest,
    not_accepted,
    publish,
    save_draft,
    stamp_of,
    unreached,
)
from helpdesk.terms.words import ACCEPTED_WAY_WORDS, TERMS_KIND_WORDS
from helpdesk.tickets.counts import count_views
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.contract_forms import KNOWN
from helpdesk.web.exporting import exported
from helpdesk.web.forms import strip
from helpdesk.web.person_form import FILL_IN
from helpdesk.web.responding import again, done, refused

blueprint = Blueprint("terms", __name__, url_prefix="/desk/terms")
WHO = (Role.supervisor, Role.administrator)


class TermsForm(FlaskForm):
    title = StringField(_l("Title"), [DataRequired(FILL_IN), Length(max=200)], [strip])
    effective_on = DateField(_l("Holds from"), [DataRequired(FILL_IN), KNOWN])
    changed = TextAreaField(_l("What changes"), [Length(max=5_000)])
    body = TextAreaField(_l("Text (Markdown)"), [Length(max=BODY_MAX)])
    document = FileField(_l("The provider's own PDF"))
    without_pdf = BooleanField(_l("Take the PDF off"))
    seen = HiddenField()
    supplement = TextAreaField(_l("Supplementary provisions (Markdown)"), [Length(max=20_000)])
    history = BooleanField(_l("It held before this product did: nobody is mailed"))

    def words(self) -> TermsWords:
        """What the form says; the text of a PDF that comes along is the body. Refused for a PDF that is none."""
        content = self.document.data.read() if self.document.data else b""
        sha256, read = kept_document(content) if content else (None, "")
        return TermsWords(
            title=self.title.data or "",
            body=read or self.body.data or "",
            pdf_sha256=sha256,
            without_pdf=bool(self.without_pdf.data),
            seen=self.seen.data or None,
            supplement=self.supplement.data or "",
            changed=self.changed.data or "",
            effective_on=self.effective_on.data,  # type: ignore[arg-type]
        )


@blueprint.get("")
@audience(*WHO)
def overview() -> ResponseReturnValue:
    """Every version of both, and the last acceptances."""
    kinds = {kind: versions_of(kind, drafts=True) for kind in TermsKind}
    asked = (in_force(TermsKind.terms, today()), coming(TermsKind.terms, today()))
    outstanding = {one.id: not_accepted(one) for one in asked if one is not None}
    page = {"kinds": kinds, "acceptances": acceptances(100), "outstanding": outstanding, "today": today()}
    return render_template("desk/terms.html", **page, **_counts())


@blueprint.get("/new/<any(terms, menu):kind>")
@audience(*WHO)
def new_form(kind: str) -> ResponseReturnValue:
    """Begun from the newest version, so that only what changes has to be written."""
    newest = next(iter(versions_of(TermsKind(kind), drafts=True)), None)
    given = {"title": newest.title, "body": newest.body, "supplement": newest.supplement} if newest else {}
    form = TermsForm(formdata=None, effective_on=earliest(TermsKind(kind), today()), **given)
    return render_template("desk/terms_version.html", **_page(form, TermsKind(kind)))


@blueprint.post("/new/<any(terms, menu):kind>")
@audience(*WHO)
def create(kind: str) -> ResponseReturnValue:
    return _saved(TermsKind(kind), None)


@blueprint.get("/versions/<int:version_id>")
@audience(*WHO)
def draft_form(version_id: int) -> ResponseReturnValue:
    version = db.get_or_404(TermsVersion, version_id)
    names = ("title", "effective_on", "changed", "body", "supplement")
    form = TermsForm(formdata=None, seen=stamp_of(version), **{name: getattr(version, name) for name in names})
    return render_template("desk/terms_version.html", **_page(form, version.kind, version))


@blueprint.post("/versions/<int:version_id>")
@audience(*WHO)
def change(version_id: int) -> ResponseReturnValue:
    version = db.get_or_404(TermsVersion, version_id)
    return _saved(version.kind, version)


@blueprint.post("/versions/<int:version_id>/publication")
@audience(*WHO)
def publish_it(version_id: int) -> ResponseReturnValue:
    """Post what the form holds; from then on it stays as it is."""
    version, form = db.get_or_404(TermsVersion, version_id), TermsForm()
    page = _page(form, version.kind, version)
    if not form.validate():
        return again("desk/terms_version.html", **page)
    page.pop("form")
    try:
        save_draft(acting(), version.kind, form.words(), version)
        publish(acting(), version, history=bool(form.history.data))
    except Refusal as refusal:
        return _not_kept(refusal, form, page)
    words = _("Published: anybody can read it. %(count)s people are told by mail.", count=version.told)
    return done(words, "desk.terms.overview")


@blueprint.post("/versions/<int:version_id>/removal")
@audience(*WHO)
def throw_away(version_id: int) -> ResponseReturnValue:
    drop_draft(acting(), db.get_or_404(TermsVersion, version_id))
    return done(_("The draft was thrown away."), "desk.terms.overview")


@blueprint.get("/acceptances/<any(xlsx, csv, cp932):form>")
@audience(*WHO)
def accepted(form: str) -> ResponseReturnValue:
    heads = [_("At"), _("Customer"), _("Document"), _("Version"), _("Accepted by"), _("How")]
    kinds = [CellKind.moment, CellKind.text, CellKind.text, CellKind.number, CellKind.text, CellKind.text]
    rows = [
        (
            *(one.at, one.customer.name, word(TERMS_KIND_WORDS, one.version.kind.value)),
            *(one.version.number, one.name, word(ACCEPTED_WAY_WORDS, one.way.value)),
        )
        for one in acceptances(50_000)
    ]
    columns = [Column(str(head), kind, 20) for head, kind in zip(heads, kinds, strict=True)]
    return exported(Table(str(_("Acceptances")), columns, rows), form, "acceptances")


def _saved(kind: TermsKind, version: TermsVersion | None) -> ResponseReturnValue:
    form = TermsForm()
    page = _page(form, kind, version)
    if not form.validate():
        return again("desk/terms_version.html", **page)
    page.pop("form")
    try:
        saved = save_draft(acting(), kind, form.words(), version)
    except Refusal as refusal:
        return _not_kept(refusal, form, page)
    return done(_("The draft is kept. Nobody else reads it yet."), "desk.terms.draft_form", version_id=saved.id)


def _not_kept(refusal: Refusal, form: TermsForm, page: dict[str, Any]) -> ResponseReturnValue:
    """Beside its field, nothing typed lost; what somebody else wrote meanwhile stands below."""
    if refusal.field == "seen":
        db.session.rollback()
        theirs = db.session.get_one(TermsVersion, page["version"].id)
        form.seen.raw_data, form.seen.data, page["theirs"] = None, stamp_of(theirs), theirs
    return refused(refusal, form, "desk/terms_version.html", **page)


def _page(form: FlaskForm, kind: TermsKind, version: TermsVersion | None = None) -> dict[str, Any]:
    first = earliest(kind, today())
    return {"form": form, "kind": kind, "version": version, "earliest": first, "unreached": unreached(), **_counts()}


def _counts() -> dict[str, Any]:
    return {"counts": count_views(signed_in())} if signed_in().works_tickets else {}
