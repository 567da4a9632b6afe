"""The exact text a customer decides on: what, on which lists, with what effect, how to undo it, when it runs."""

from flask_babel import gettext as _

from helpdesk import clock
from helpdesk.actions.models import Action, ActionKind
from helpdesk.actions.timing import start_time
from helpdesk.calendar.hours import ServiceHours
from helpdesk.contracts.cover import Cover, cover_of
from helpdesk.wording import visible, when_words

NAMED_MAX = 10


def decision_text(action: Action, hours: ServiceHours, language: str) -> dict[str, str]:
    """Question and lines of the decision card, in the order it shows them; a line without words is not shown."""
    question, what, effect, back = _words(action)
    return {
        "question": question,
        "what": what,
        "target": _target(action),
        "effect": effect,
        "uncovered": _uncovered(action),
        "unknown": _unknown(action),
        "conflict": _conflict(action),
        "all": _all_names(action),
        "undo": back,
        "when": _when(action, hours, language),
        "reason": action.reason,
    }


def _when(action: Action, hours: ServiceHours, language: str) -> str:
    """From when it runs, if it were approved now: promised only where the contract covers that time (V5)."""
    start = start_time(hours, clock.now())
    cover = cover_of(action.customer_id, start).cover
    if cover == Cover.suspended:
        return str(_("Once the service goes on: it is suspended now (10-1)."))
    if cover != Cover.in_force:
        return str(_("Not any more: the contract does not reach the next service hours."))
    return str(_("From %(at)s, in service hours only.", at=when_words(start, hours.zone, language)))


def as_text(lines: dict[str, str]) -> str:
    """The card as it is kept with the instruction and read out on the phone."""
    return "\n".join(line for line in lines.values() if line)


def _target(action: Action) -> str:
    if action.kind == ActionKind.isolate:
        return str(_("Computer %(name)s", name=action.names))
    reached = _reached(action)
    where = _(" (on %(count)s computers that use the list)", count=len(reached)) if reached else ""
    return f"{visible(action.file_name or '-')} SHA-256 {action.sha256}{where}"


def _reached(action: Action) -> list[str]:
    return sorted({name for target in action.targets for name in target.computers})


def _uncovered(action: Action) -> str:
    """The computers that saw the file and that no list of this action reaches."""
    if action.undo or action.isolates:
        return ""
    if not action.uncovered:
        return ""
    words = _("%(names)s: not covered, the policy does not use the list.", names=_some(action.uncovered))
    if not _reached(action) and not action.unknown:
        words += " " + _("None of the computers that are known uses the list: this changes nothing on them.")
    return str(words)


def _unknown(action: Action) -> str:
    """The computers of which nobody knows whether a list reaches them."""
    if action.undo or action.isolates or not action.unknown:
        return ""
    return str(_("%(names)s: whether the policy uses the list is not known.", names=_some(action.unknown)))


def _conflict(action: Action) -> str:
    if action.undo or not action.conflicts:
        return ""
    names = "、".join(action.conflicts)
    if action.kind == ActionKind.allow:
        return str(_("The file is on the list %(names)s, which stops it: it may go on being stopped.", names=names))
    return str(_("The file is on the allow list %(names)s: adding it here may have no effect.", names=names))


def _some(names: list[str]) -> str:
    """The first names, and how many there are besides; all of them stand in the last line."""
    shown = "、".join(names[:NAMED_MAX])
    more = len(names) - NAMED_MAX
    return str(_("%(names)s and %(count)s more", names=shown, count=more)) if more > 0 else shown


def _all_names(action: Action) -> str:
    """Every computer by name, where the other lines name only some: what is recorded is what could be seen (R20)."""
    if action.undo or action.isolates:
        return ""
    groups = (
        (_("Computers that use the list"), _reached(action)),
        (_("Computers that do not"), action.uncovered),
        (_("Computers of which it is not known"), action.unknown),
    )
    if not _reached(action) and max(len(names) for _words, names in groups) <= NAMED_MAX:
        return ""
    return "\n".join(f"{words} ({len(names)}): {'、'.join(names)}" for words, names in groups if names)


def _words(action: Action) -> tuple[str, str, str, str]:
    if action.kind == ActionKind.isolate:
        return _isolation_words(action)
    name = action.names
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


def _isolation_words(action: Action) -> tuple[str, str, str, str]:
    name = action.names
    if action.undo:
        return (
            _("May we let this computer back on the network?"),
            _("The network isolation of %(name)s is ended.", name=name),
            _("The computer reaches the network again."),
            _("The computer can be isolated again on your instruction."),
        )
    return (
        _("May we take this computer off the network?"),
        _("%(name)s is isolated from the network. This lies beyond the standard service.", name=name),
        _("Whoever works on it loses the network at once; only the console still reaches the computer."),
        _("The isolation can be ended on your instruction."),
    )
