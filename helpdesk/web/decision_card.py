"""What pages of actions share: the card's text, sealed as it was shown, and how long it takes to be decided."""

from flask import current_app, request
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from helpdesk.actions.models import Action
from helpdesk.actions.wording import as_text, decision_text
from helpdesk.calendar.models import current_calendar
from helpdesk.errors import Refusal
from helpdesk.web.pages import language


def shown_text(action: Action) -> dict[str, str]:
    """The lines of the decision card, the same as are kept with the instruction."""
    return decision_text(action, current_calendar().hours, language())


def seal(action: Action, lines: dict[str, str]) -> str:
    """The card's text as it is shown, signed, so that exactly this can be recorded with the decision (R20)."""
    sealed: str = _sealer().dumps([action.reference, action.target_sha256, as_text(lines)])
    return sealed


def unsealed(action: Action) -> str:
    """The text that came back with the decision. Refused where it is not what we showed for this action as it is."""
    try:
        reference, target, text = _sealer().loads(request.form.get("shown", ""))
    except (BadSignature, ValueError, TypeError) as error:
        raise Refusal(_("Please open the page again and decide on the text it shows.")) from error
    if reference != action.reference or target != action.target_sha256:
        raise Refusal(_("Please open the page again and decide on the text it shows."))
    return str(text)


def _sealer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="decision")
