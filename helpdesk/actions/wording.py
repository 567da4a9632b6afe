"""The exact text a customer decides on: what, on which list, with what effect, how to undo it, when it runs."""

from flask_babel import gettext as _

from helpdesk import clock
from helpdesk.actions.models import Action, ActionKind, start_time
from helpdesk.calendar.hours import ServiceHours
from helpdesk.wording import when_words


def decision_text(action: Action, hours: ServiceHours, language: str) -> dict[str, str]:
    """Question and lines of the decision card, in the order it shows them."""
    start = when_words(start_time(hours, clock.now()), hours.zone, language)
    question, what, effect, back = _words(action)
    return {
        "question": question,
        "what": what,
        "target": f"{action.file_name or '-'} SHA-256 {action.sha256}",
        "effect": effect,
        "undo": back,
        "when": _("From %(at)s, in service hours only.", at=start),
    }


def _words(action: Action) -> tuple[str, str, str, str]:
    name = action.list_name
    if action.undo:
        return (
            _("May we take this file off the list again?"),
            _("The file is removed from the list %(name)s.", name=name),
            _("The list no longer acts on this file. Copies that were quarantined are not restored by this."),
            _("The file can be added to the list again on your instruction."),
        )
    if action.kind == ActionKind.allow:
        return (
            _("May we allow this file?"),
            _("The file is added to the allow list %(name)s.", name=name),
            _("Computers whose policy uses this list no longer stop the file. Other files are not affected."),
            _("The file can be taken off the list again on your instruction."),
        )
    return (
        _("May we quarantine this file?"),
        _("The file is added to the detection list %(name)s.", name=name),
        _(
            "Computers whose policy uses this list quarantine the file when they find it. "
            "Other files are not affected; computers whose policy does not use the list are not covered."
        ),
        _("The file can be taken off the list again on your instruction."),
    )
