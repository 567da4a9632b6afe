"""Forms whose words and files are kept while they are written, and let go when they are sent (Q4)."""

from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import Field

from helpdesk.extensions import db
from helpdesk.files.keeping import Chosen, count_brought, drop_kept, keep, kept, kept_rows, may_bring
from helpdesk.tickets.drafts import PLACE, WORDS_MAX, drop_draft, finish_draft, number_of, put_before, save_draft
from helpdesk.tickets.mailed import Upload
from helpdesk.web.access import signed_in
from helpdesk.web.forms import too_much, uploads
from helpdesk.wording import size_words

_NOT_WORDS = ("csrf_token", "draft", "draft_place", "number", "base")


def words_of_form(form: "MultiDict[str, str]") -> dict[str, Any]:
    """A form's fields as they are kept: one value, or a list of several."""
    fields = {name: form.getlist(name) for name in form if name not in _NOT_WORDS and "\x00" not in name}
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def chosen(place: str) -> list[dict[str, Any]]:
    """The files that this person chose in a place: id, name, and size in words."""
    rows = kept_rows(signed_in().id, place)
    return [{"id": row.id, "name": row.name, "size": size_words(row.size)} for row in rows]


def kept_uploads(place: str) -> list[Upload]:
    """The same with what is in them, to be sent."""
    return [Upload(file.name, file.content, file.content_type) for file in kept(signed_in().id, place)]


def let_go_of_form() -> None:
    """In the transaction that sends a form: its words and files are no draft any more."""
    place = request.form.get("draft_place", "")
    if PLACE.fullmatch(place):
        let_go(place)


def let_go(place: str) -> None:
    drop_draft(signed_in(), place)
    drop_kept(signed_in().id, place)


def hold(place: str, field: Field, words: dict[str, Any], shown: int | None) -> None:
    """Keep the words and files of a form that cannot be sent yet, as far as they are not too many; commits."""
    if len(words.get("body", "")) <= WORDS_MAX:
        kept_now = save_draft(signed_in(), place, words, shown or 0).kept
        if not kept_now and words.get("body", "").strip():
            # the place moved on meanwhile: what it holds by now is not covered
            put_before(signed_in().id, place, words)
    files, user = uploads(field), signed_in()
    sizes = [len(file.content) for file in files]
    there = [row.size for row in kept_rows(user.id, place)]
    if files and not too_much(files, there=there) and may_bring(user.id, sizes):
        count_brought(user.id, sizes)
        keep(user.id, place, [Chosen(file.name, file.content, file.content_type) for file in files])
    db.session.commit()


def sent_number(place: str) -> int:
    """The number of a place now, for a page that is shown in answer to a form."""
    return number_of(signed_in(), place)


def sent_once(place: str, shown: int | None) -> bool:
    """Whether a page's words are sent now for the first time; a page without a number may send again."""
    if shown is None:
        drop_draft(signed_in(), place)
        return True
    return finish_draft(signed_in(), place, shown)
