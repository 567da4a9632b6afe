"""How a page answers a form: done, and on to a page; or once more, with what is wrong beside the fields."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from helpdesk.errands import nudge
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.web.drafting import let_go_of_form
from helpdesk.web.ticket_lists import origin


def done(words: str, endpoint: str, **values: Any) -> ResponseReturnValue:
    """Commit, let workers begin at once, say so to the person (unless `words` is empty), and go on to a page."""
    # before the commit, which makes every row forget what it knows
    target = url_for(endpoint, **values)
    let_go_of_form()
    db.session.commit()
    nudge()
    if words:
        flash(words)
    return redirect(target)


def ticket_done(reference: str, words: str = "") -> ResponseReturnValue:
    """Done, and back to the ticket on the desk, in the list it was opened from."""
    came_from = origin()
    return done(
        words, "desk.tickets.ticket_page", reference=reference, **(came_from.address() if came_from is not None else {})
    )


def again(template: str, **context: Any) -> ResponseReturnValue:
    """The same page with its errors, nothing typed lost: 422."""
    return render_template(template, **context), 422


def refused(refusal: Refusal, form: FlaskForm, template: str, **context: Any) -> ResponseReturnValue:
    """The same page with the refusal beside its field, nothing typed lost: 409. Without a field it is raised again."""
    db.session.rollback()
    field = form._fields.get(refusal.field)
    if field is None:
        raise refusal
    field.errors = [*field.errors, str(refusal)]
    return render_template(template, form=form, **context), 409
