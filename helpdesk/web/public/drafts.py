"""What people type is kept while they type (Q4): one door for every form, whoever types and whatever it is."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import MultiDict

from helpdesk.accounts.roles import Role
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import NotFound, Refusal, number
from helpdesk.extensions import db
from helpdesk.files.keeping import Chosen, count_brought, drop_kept, keep, kept_rows, may_bring
from helpdesk.notices.encoding import lost_in_jis
from helpdesk.notices.models import Charset
from helpdesk.search.query import REFERENCE
from helpdesk.tickets.drafts import FIELDS_MAX, PLACE, WORDS_MAX, draft_of, drop_draft, has_room, save_draft
from helpdesk.tickets.models import Ticket
from helpdesk.tickets.presence import be_present
from helpdesk.tickets.visibility import ticket_for
from helpdesk.web.access import audience, safe_next, signed_in
from helpdesk.web.drafting import chosen, words_of_form
from helpdesk.web.forms import too_much, uploads_of

blueprint = Blueprint("drafts", __name__, url_prefix="/drafts")


@blueprint.get("/<place>")
@audience(Role)
def kept(place: str) -> ResponseReturnValue:
    """What is kept in a place of this person's, its number, and a token that this session's forms are sent with."""
    user, draft = signed_in(), draft_of(signed_in(), _reached(place))
    words = draft.words if draft is not None else {}
    return jsonify(
        number=draft.number if draft is not None else 0,
        text=urlencode(words, doseq=True),
        saved=_time(draft.saved_at) if draft is not None and words else "",
        csrf=generate_csrf(),
        user=user.id,
    )


@blueprint.post("/<place>")
@audience(Role)
def save(place: str) -> ResponseReturnValue:
    """Keep the fields of a form under the number it was shown with; `kept` is false where they were sent since."""
    user, words = signed_in(), words_of_form(request.form)
    fits = len(words) <= FIELDS_MAX and sum(len(str(value)) for value in words.values()) <= WORDS_MAX
    if not fits or (draft_of(user, _known(place)) is None and not has_room(user)):
        raise Refusal(_("This is too much to be kept as a draft. Your words are still on the page."))
    kind, _sign, reference = place.partition(":")
    on_ticket = user.works_tickets and kind in ("reply", "note")
    ticket = ticket_for(user, reference) if on_ticket else None
    saving = save_draft(user, place, words, number(request.args.get("number")) or 0, _base())
    db.session.commit()
    answer: dict[str, Any] = {"kept": saving.kept, "number": saving.number, "saved": _time(saving.at)}
    if saving.beside is not None:
        answer["beside"] = urlencode(saving.beside, doseq=True)
    elif not saving.kept and (there := draft_of(user, place)) is not None:
        answer["text"] = urlencode(there.words, doseq=True)
    if ticket is not None:
        be_present(user, ticket.reference, writing=True)
        answer["lost"] = _lost(ticket, str(words.get("body", ""))) if kind == "reply" else []
    return jsonify(answer)


@blueprint.post("/<place>/removal")
@audience(Role)
def throw_away(place: str) -> ResponseReturnValue:
    """The person wants these words and files no more."""
    drop_draft(signed_in(), _known(place))
    drop_kept(signed_in().id, place)
    db.session.commit()
    return jsonify(kept=False)


@blueprint.post("/<place>/files")
@audience(Role)
def keep_files(place: str) -> ResponseReturnValue:
    """Files are kept as they are chosen; the limits are those of sending."""
    user, files = signed_in(), uploads_of(request.files.getlist("files"))
    there = kept_rows(user.id, _known(place))
    sizes = [len(file.content) for file in files]
    refusal = too_much(files, there=[row.size for row in there])
    if refusal or not may_bring(user.id, sizes):
        refusal = refusal or _("You brought very many files today; these were not kept. Your words are here.")
        return jsonify(refused=refusal, files=chosen(place)), 422
    count_brought(user.id, sizes)
    keep(user.id, place, [Chosen(file.name, file.content, file.content_type) for file in files])
    db.session.commit()
    return jsonify(files=chosen(place))


@blueprint.post("/<place>/files/<int:file_id>/removal")
@audience(Role)
def remove_file(place: str, file_id: int) -> ResponseReturnValue:
    """Without scripts the form comes along: what is typed in it is kept, and its page shown again."""
    drop_kept(signed_in().id, _known(place), file_id)
    if request.headers.get("Accept") != "application/json":
        save_draft(signed_in(), place, words_of_form(request.form), number(request.form.get("draft")) or 0)
        db.session.commit()
        return redirect(safe_next(urlsplit(request.referrer or "").path) or "/")
    db.session.commit()
    return jsonify(files=chosen(place))


def _base() -> dict[str, Any] | None:
    """What the words were written on, as the page last knew it; None from a page that does not tell."""
    base = request.form.get("base")
    return words_of_form(MultiDict(parse_qsl(base, keep_blank_values=True))) if base is not None else None


def _known(place: str) -> str:
    if PLACE.fullmatch(place) is None:
        raise NotFound
    return place


def _reached(place: str) -> str:
    """NotFound where the place is on a ticket that this person reaches no longer: what is there quotes it."""
    reference = _known(place).split(":")[1:2]
    if reference and REFERENCE.fullmatch(reference[0]):
        ticket_for(signed_in(), reference[0])
    return place


def _time(at: Any) -> str:
    local = at.astimezone(current_calendar().hours.zone)
    return f"{local.hour}:{local.minute:02d}"


def _lost(ticket: Ticket, body: str) -> list[str]:
    """Which characters of a reply would not arrive as themselves."""
    contact = ticket.addressee
    in_old_charset = contact is not None and contact.customer.mail_charset == Charset.iso_2022_jp
    return [f"{c} → {instead}" for c, instead in lost_in_jis(body)] if in_old_charset else []
