"""The proof of an action: request, instruction, text shown, calls, read-back, times in service hours (R20-R23).

It says `on the list` where reading the list showed the entry, and `quarantined` of a computer only with the
console's own event.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select

from helpdesk import clock
from helpdesk.actions.instructions import Instruction
from helpdesk.actions.models import Action, ActionKind
from helpdesk.actions.signing import Signed, holds, public_keys, sign
from helpdesk.actions.targets import ActionTarget, Attempt
from helpdesk.alerts.alert_events import AlertEvent
from helpdesk.alerts.models import EventSource
from helpdesk.alerts.outcomes import Outcome, outcome_of
from helpdesk.calendar.hours import ServiceHours
from helpdesk.calendar.models import hours_of
from helpdesk.console.values import ConsoleEvent
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.masking import ERASED
from helpdesk.settings.models import current_settings

MOVES = frozenset({"made_at", "quarantined", "provider", "customer"})
"""Parts of a proof that a later copy may tell otherwise: names change, and events come later."""

ADDED = frozenset({"open_on_days_of_calls"})
"""Parts that proofs did not have at first: one without them holds."""


def proof_of(action: Action) -> Signed:
    """The signed proof of an action that was verified. Refused before."""
    if action.verified_at is None or not action.instructions:
        raise Refusal(_("There is a proof once the action was carried out and read back."))
    return sign(_body(action))


def problems(signed: Signed, trusted: str | None = None) -> list[str]:
    """What is wrong with a proof; nothing where it holds.

    Checked against `trusted`, a public key, alone; else against our own keys and against what the record says now.
    """
    if not holds(signed):
        return ["the signature does not fit: the file was changed, or is not from this key"]
    if trusted is not None:
        return [] if signed.public == trusted else ["it was signed with another key than the one given"]
    faults = _texts(signed.body)
    if signed.public not in {key.public for key in public_keys()}:
        faults.append("it was not signed with a key of this installation")
    action = db.session.scalar(select(Action).where(Action.reference == str(signed.body.get("action"))))
    if action is None:
        return [*faults, "the record knows no such action"]
    now, lacking = _body(action), ADDED - signed.body.keys()
    differing = sorted(key for key in now.keys() - MOVES - lacking if not _fits(signed.body.get(key), now[key]))
    return faults + [f"the record now says otherwise about: {key}" for key in differing]


def _fits(signed: Any, now: Any) -> bool:
    """Whether the record says the same, but for what was erased of a person meanwhile (R61)."""
    if isinstance(signed, dict) and isinstance(now, dict):
        return signed.keys() == now.keys() and all(_fits(signed[key], now[key]) for key in now)
    if isinstance(signed, list) and isinstance(now, list):
        return len(signed) == len(now) and all(map(_fits, signed, now))
    if isinstance(now, str) and ERASED in now:
        pattern = ".*".join(map(re.escape, now.split(ERASED)))
        return isinstance(signed, str) and re.fullmatch(pattern, signed, re.DOTALL) is not None
    return bool(signed == now)


def _texts(body: dict[str, Any]) -> list[str]:
    """A text of which something was erased before the proof was made cannot fit the digest of what was shown."""
    instruction = body.get("instruction") or {}
    if ERASED in str(instruction.get("text", "")):
        return []
    right = hashlib.sha256(str(instruction.get("text", "")).encode()).hexdigest() == instruction.get("text_sha256")
    return [] if right else ["the instruction's text does not fit its digest"]


def _body(action: Action) -> dict[str, Any]:
    versions = [attempt.calendar_version for attempt in action.attempts if attempt.calendar_version]
    hours = hours_of(versions[0] if versions else action.ticket.calendar_version)
    customer, instruction = action.ticket.customer, action.instructions[-1]
    return {
        "provider": current_settings().provider_name,
        "customer": customer.name if customer else None,
        "ticket": action.ticket.reference,
        "action": action.reference,
        "kind": action.kind.value,
        "undoes": _undone(action),
        "sha256": action.sha256,
        "file_name": action.file_name,
        "reason": action.reason,
        "asked": {"at": _time(action.asked_at), "by": action.asked_by},
        "review": {"at": _time(action.reviewed_at), "by": action.reviewed_by} if action.reviewed_by else None,
        "instruction": _instruction(instruction),
        "targets": [_target(target) for target in action.targets],
        "uncovered": action.uncovered,
        "calls": [_call(attempt, hours) for attempt in action.attempts],
        "service_hours": _hours(hours),
        "open_on_days_of_calls": _open_on(action.attempts, hours),
        "verified_at": _time(action.verified_at),
        "result": _result(action),
        "quarantined": _quarantined(action),
        "made_at": _time(clock.now()),
    }


def _undone(action: Action) -> str | None:
    return db.session.scalar(select(Action.reference).where(Action.id == action.undoes_id)) if action.undo else None


def _instruction(instruction: Instruction) -> dict[str, Any]:
    return {
        "choice": instruction.choice.value,
        "by": instruction.name,
        "at": _time(instruction.at),
        "through": instruction.channel.value,
        "from": instruction.address,
        "heard_by": instruction.recorded_by,
        "text": instruction.text,
        "text_sha256": instruction.text_sha256,
        "target_sha256": instruction.target_sha256,
    }


def _target(target: ActionTarget) -> dict[str, Any]:
    return {
        "guid": target.guid,
        "name": target.name,
        "computers": target.computers,
        "before": target.before,
        "was_there_before": target.already_there,
        "read_back_at": _time(target.verified_at),
    }


def _call(attempt: Attempt, hours: ServiceHours) -> dict[str, Any]:
    return {
        "at": _time(attempt.at),
        "in_service_hours": _hours_for(attempt, hours).is_open(attempt.at),
        "call": attempt.call,
        "status": attempt.status,
        "request_sha256": attempt.request_sha256,
        "answer_sha256": attempt.answer_sha256,
        "console_request_id": attempt.request_id,
        "note": attempt.error,
    }


def _hours(hours: ServiceHours) -> dict[str, Any]:
    start, end = hours.usual
    return {"zone": hours.zone.key, "from": _clock_words(start), "until": _clock_words(end)}


def _open_on(attempts: Sequence[Attempt], usual: ServiceHours) -> list[dict[str, str | None]]:
    """When the service was open ("8:00-18:00") on each day, in the service's zone, of a call."""
    open_on: dict[str, str | None] = {}
    for attempt in attempts:
        hours = _hours_for(attempt, usual)
        day = hours.local_date(attempt.at)
        minutes = hours.minutes(day)
        open_on[day.isoformat()] = "-".join(map(_clock_words, minutes)) if minutes else None
    return [{"day": day, "hours": open_hours} for day, open_hours in open_on.items()]


def _hours_for(attempt: Attempt, usual: ServiceHours) -> ServiceHours:
    """The version of the calendar that the call was allowed by."""
    return hours_of(attempt.calendar_version) if attempt.calendar_version else usual


def _clock_words(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def _result(action: Action) -> str:
    if action.kind == ActionKind.isolate:
        return "not isolated" if action.undo else "isolated"
    if action.undo:
        return "off the list"
    return "was on the list before" if action.already_there else "on the list"


def _quarantined(action: Action) -> list[dict[str, Any]]:
    """Computers whose console event, as the API told it, says so after the first call for this action."""
    if action.kind != ActionKind.quarantine or action.undo or not action.attempts:
        return []
    since = action.attempts[0].at.replace(microsecond=0)
    rows = select(AlertEvent).where(
        AlertEvent.customer_id == action.customer_id,
        AlertEvent.sha256 == action.sha256,
        AlertEvent.source.in_((EventSource.api, EventSource.both)),
        AlertEvent.raw.is_not(None),
        AlertEvent.at >= since,
    )
    alert_events = db.session.scalars(rows.order_by(AlertEvent.at, AlertEvent.id).limit(500))
    events = [ConsoleEvent.read(alert_event.raw or {}) for alert_event in alert_events]
    return [
        {"computer": event.computer, "at": _time(event.at), "event": event.event_id}
        for event in events
        if event.event_id and event.at and event.at >= since and outcome_of(event) == Outcome.quarantined
    ]


def _time(at: datetime | None) -> str | None:
    """In the service's zone, with its offset."""
    return at.astimezone(current_app.config["ZONE"]).isoformat(timespec="seconds") if at else None
