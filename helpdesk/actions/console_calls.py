"""What an action does to a console, target by target: read how it stands, make the one call, tell ours from others'."""

from dataclasses import dataclass
from typing import Any

from flask import current_app

from helpdesk.actions.models import Action, ActionKind
from helpdesk.actions.targets import ActionTarget
from helpdesk.console.client import COMMENT_MAX, ConsoleClient
from helpdesk.console.values import Answer, same_host
from helpdesk.errors import VendorError


@dataclass(frozen=True)
class Standing:
    """How a target was read: `there` is the effect (the entry, the isolation), `settling` a change on its way.

    `state` is one of the words that a proof's result has, or the console's own.
    """

    there: bool
    settling: bool
    state: str
    detail: str
    ours: bool

    def as_json(self) -> dict[str, Any]:
        return {"state": self.state, "detail": self.detail, "ours": self.ours}


def read(console: ConsoleClient, action: Action, target: ActionTarget) -> Standing:
    """Read the target as it is now; allowed at any hour."""
    if action.kind == ActionKind.isolate:
        _check_name(console, target)
        isolation = console.isolation(target.guid)
        if not isolation.available and not action.undo and isolation.status == "not_isolated":
            raise VendorError("The computer cannot be isolated: system or policy do not allow it.", permanent=True)
        ours = isolation.comment == description(action)[:COMMENT_MAX]
        settling = isolation.status.startswith("pending")
        state = isolation.status.replace("_", " ")
        return Standing(isolation.status in ("isolated", "pending_start"), settling, state, isolation.comment, ours)
    item = console.find_item(target.guid, action.sha256 or "")
    if item is None:
        return Standing(there=False, settling=False, state="off the list", detail="", ours=False)
    return Standing(True, False, "on the list", item.description, item.description == description(action))


def _check_name(console: ConsoleClient, target: ActionTarget) -> None:
    """The console must call this connector what the customer was shown: no other computer is ever isolated."""
    computer = console.computer(target.guid)
    if computer is None or not same_host(computer.name, target.name):
        name = computer.name if computer else "?"
        message = f"The console calls {target.guid} {name}, not {target.name}: nothing was changed."
        raise VendorError(message, permanent=True)


def call(console: ConsoleClient, action: Action, target: ActionTarget) -> Answer:
    """The one call that changes the console."""
    if action.kind == ActionKind.isolate:
        change = console.stop_isolation if action.undo else console.start_isolation
        return change(target.guid, description(action))
    if action.undo:
        return console.remove_item(target.guid, action.sha256 or "")
    return console.add_item(target.guid, action.sha256 or "", description(action))


def call_words(action: Action, target: ActionTarget) -> str:
    """The call as the record of attempts names it."""
    if action.kind == ActionKind.isolate:
        return f"{'DELETE' if action.undo else 'PUT'} /v1/computers/{target.guid}/isolation"
    return f"{'DELETE' if action.undo else 'POST'} /v1/file_lists/{target.guid}/files/{action.sha256}"


def description(action: Action) -> str:
    """What the entry says of itself: whose it is and which action put it there.

    The installation's own mark, not the name that a page sets: the same words have to be found again at any time.
    """
    return f"{current_app.config['PROVIDER_NAME']} {action.reference}"
