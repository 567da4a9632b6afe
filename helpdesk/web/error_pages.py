"""The one place that turns what went wrong into answers: a page with a sentence and the way on."""

import logging
import re
import secrets
from collections.abc import Iterable

from flask import Flask, abort, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound as NoSuchPage

from helpdesk.errors import NUMBER_MAX, NotFound, Refusal
from helpdesk.extensions import db

log = logging.getLogger(__name__)
TYPED_MIN = 12
"""Characters: shorter words without a blank are choices and numbers."""
_SECRET = re.compile("csrf|password|repeat|current|secret|token|key|seen|once|code")
"""Names of fields that are never shown again: what nobody may read, and what nobody typed."""


def init_app(app: Flask) -> None:
    app.before_request(_refuse_unreadable)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(NotFound, lambda _error: _http_error(NoSuchPage()))
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _bug)


def _refuse_unreadable() -> None:
    """NUL is in no text anybody typed, and numbers have at most nine digits here: neither is worth a trace."""
    given = request.view_args or {}
    values = [request.path, *_each(request.args), *_each(request.form), *map(str, given.values())]
    if any("\x00" in value for value in values):
        abort(400)
    if any(value > NUMBER_MAX for value in given.values() if isinstance(value, int)):
        abort(404)


def _each(given: MultiDict[str, str]) -> Iterable[str]:
    """Every value, also of a field that came several times."""
    return (value for _name, value in given.items(multi=True))


def request_id() -> str:
    """The number that joins an error page to its line in the log."""
    if "request_id" not in g:
        g.request_id = "E-" + secrets.token_hex(4).upper()
    number: str = g.request_id
    return number


def _page(code: int, title: str, words: str) -> ResponseReturnValue:
    return render_template(
        "error.html", code=code, title=title, words=words, request_id=request_id(), typed=_typed(code)
    ), code


def _typed(code: int) -> list[str]:
    """What somebody had written in a form that could not be taken: shown again, so that it is not lost."""
    # of a request that was too large nothing was read
    if request.method != "POST" or code == 413:
        return []
    kept = [text.strip() for name, text in request.form.items(multi=True) if not _SECRET.search(name)]
    return [text for text in kept if len(text) >= TYPED_MIN or any(c.isspace() or not c.isascii() for c in text)]


def _refused(error: Refusal) -> ResponseReturnValue:
    return _page(409, _("That is not possible right now"), str(error))


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    log.info("csrf %s %s: %s", request.method, request.endpoint, error.description)
    words = _(
        "The page was open too long or you signed in again elsewhere. Nothing was changed. "
        "Go back, reload the page and send it again; saved drafts are still there."
    )
    return _page(400, _("Please send the form again"), words)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error
    scripted = request.headers.get("HX-Request") or request.headers.get("Accept") == "application/json"
    if code == 401 and (scripted or request.method == "GET"):
        # a page would begin a session: it would cover the one that somebody signs in with in another tab
        return str(_("Please sign in.")), 401, {"Content-Type": "text/plain; charset=utf-8"}
    titles = {
        403: _("You may not do this"),
        404: _("There is no such page"),
        413: _("That is too large"),
        429: _("Too many tries"),
    }
    sentences = {
        403: _("Your account does not have this right. Ask your administrator if you need it."),
        404: _("It may have been moved, or it belongs to someone else. Check the number you typed."),
        413: _("Files may have up to 20 MB together. Nothing was sent; please send smaller files."),
        429: _("Please wait a few minutes and try again. Nothing was lost."),
    }
    fallback = _("The request could not be answered. Nothing was changed.")
    return _page(code, titles.get(code, error.name), sentences.get(code, fallback))


def _database(error: OperationalError) -> ResponseReturnValue:
    """Two people who changed the same tickets at the same moment: one of them tries again."""
    if not isinstance(error.orig, DeadlockDetected):
        return _bug(error)
    log.warning("%s %s met a deadlock", request.method, request.endpoint)
    db.session.rollback()
    words = _("Somebody changed the same at this moment. Nothing of yours was changed; please try again.")
    return _page(409, _("At the same moment"), words)


def _bug(error: Exception) -> ResponseReturnValue:
    log.exception("bug %s %s %s", request_id(), request.method, request.endpoint)
    # the page itself asks for the person and the settings
    db.session.rollback()
    words = _(
        "Something went wrong on our side. Nothing was changed. Try again; if it happens again, tell us the code."
    )
    return _page(500, _("That did not work"), words)
