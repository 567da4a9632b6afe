"""The terms of use and the service menu, always posted: anybody reads the version in force and each before (17-2)."""

from flask import Blueprint, abort, render_template, send_file
from flask.typing import ResponseReturnValue

from helpdesk import clock
from helpdesk.articles import html_of_terms
from helpdesk.calendar.models import current_calendar
from helpdesk.files.models import path_of
from helpdesk.terms.models import TermsKind, TermsVersion, coming, in_force, version_of, versions_of
from helpdesk.terms.publishing import changed_lines, version_before, whole
from helpdesk.web.access import audience

blueprint = Blueprint("terms", __name__)
blueprint.add_app_template_filter(html_of_terms, "terms")


@blueprint.get("/terms")
@audience()
def terms() -> ResponseReturnValue:
    return _current(TermsKind.terms)


@blueprint.get("/terms/<int:number>")
@audience()
def terms_version(number: int) -> ResponseReturnValue:
    return _version(TermsKind.terms, number)


@blueprint.get("/service-menu")
@audience()
def menu() -> ResponseReturnValue:
    return _current(TermsKind.menu)


@blueprint.get("/service-menu/<int:number>")
@audience()
def menu_version(number: int) -> ResponseReturnValue:
    return _version(TermsKind.menu, number)


@blueprint.get("/terms/<int:number>/document.pdf")
@audience()
def terms_document(number: int) -> ResponseReturnValue:
    return _document(TermsKind.terms, number)


@blueprint.get("/service-menu/<int:number>/document.pdf")
@audience()
def menu_document(number: int) -> ResponseReturnValue:
    return _document(TermsKind.menu, number)


def _document(kind: TermsKind, number: int) -> ResponseReturnValue:
    """The provider's own PDF of a published version."""
    version = version_of(kind, number)
    if version is None or version.pdf_sha256 is None:
        abort(404)
    name = f"{kind.value}-{number}.pdf"
    return send_file(path_of(version.pdf_sha256), "application/pdf", as_attachment=True, download_name=name)


def _current(kind: TermsKind) -> ResponseReturnValue:
    """The version in force; where none is yet, the one that is coming; else a page that says so."""
    day = current_calendar().hours.local_date(clock.now())
    version = in_force(kind, day) or coming(kind, day)
    if version is None:
        return render_template("public/no_terms.html", kind=kind)
    return _shown(version)


def _version(kind: TermsKind, number: int) -> ResponseReturnValue:
    version = version_of(kind, number)
    if version is None:
        abort(404)
    return _shown(version)


def _shown(version: TermsVersion) -> ResponseReturnValue:
    day, versions = current_calendar().hours.local_date(clock.now()), versions_of(version.kind)
    holds = in_force(version.kind, day)
    before = version_before(version)
    return render_template(
        "public/terms.html",
        version=version,
        versions=versions,
        holds=holds is not None and holds.id == version.id,
        in_force=holds,
        coming=coming(version.kind, day),
        today=day,
        compared=changed_lines(whole(before), whole(version)) if before is not None else (),
    )
