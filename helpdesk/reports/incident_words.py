"""Alerts of a report as rows: a short one for page and paper, a whole one for the spreadsheet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from flask_babel import gettext as _

from helpdesk.actions.words import ACTION_STATUS_WORDS
from helpdesk.alerts.outcomes import WORST_FIRST, Outcome
from helpdesk.alerts.words import FINDING_WORDS, OUTCOME_WORDS
from helpdesk.calendar.hours import ServiceHours
from helpdesk.marking import word, words_of
from helpdesk.reports.words import SEVERITY_NAMES, kind_words
from helpdesk.spreadsheets import CellKind, Column, Table
from helpdesk.tickets.titles import titled
from helpdesk.tickets.words import CHANNEL_WORDS, CUSTOMER_STATE_WORDS
from helpdesk.wording import span_words, visible

SHOWN = 100
"""Rows on page and paper; the spreadsheet has all."""
RANK = {"critical": 0, "high": 1, "medium": 2, "low": 3}


class Vocabulary:
    """The words that rows are made of, looked up once a table: a month may have ten thousand alerts."""

    def __init__(self) -> None:
        self.severities = words_of(SEVERITY_NAMES)
        self.states = words_of(CUSTOMER_STATE_WORDS)
        self.outcomes = words_of(OUTCOME_WORDS)
        self.channels = words_of(CHANNEL_WORDS)
        self.results = words_of(ACTION_STATUS_WORDS)
        self.kinds = cache(kind_words)
        self.title = cache(titled)
        self.choices = {"approve": str(_("approved")), "decline": str(_("declined"))}
        self.yes, self.no = str(_("yes")), str(_("no"))
        self.unreported, self.late = str(_("not reported")), str(_("(late)"))

    def severity(self, one: Mapping[str, Any]) -> str:
        return self.severities[one["severity"] or "unknown"]


def short_table(incidents: Sequence[Mapping[str, Any]], hours: ServiceHours, language: str) -> Table:
    """The gravest and those with instructions, at most SHOWN, in the order they came."""
    chosen = sorted(incidents, key=lambda one: (not one["actions"], RANK.get(one["severity"] or "", 4)))[:SHOWN]
    columns = [
        Column(_("Received at"), CellKind.day, 10),
        Column(_("Number"), CellKind.reference, 11),
        Column(_("Alert"), width=30),
        Column(_("Severity"), width=8),
        Column(_("Until the report"), width=14),
        Column(_("Your decision"), width=18),
        Column(_("Carried out and read back"), width=24),
    ]
    say = Vocabulary()
    rows = [
        [
            moment(one["opened_at"], hours),
            one["reference"],
            say.title(one["subject"], one["title"]),
            say.severity(one),
            _until_report(one, hours, language, say),
            _decisions(one, hours, say),
            _results(one, hours, say),
        ]
        for one in sorted(chosen, key=lambda one: (one["opened_at"], one["reference"]))
    ]
    return Table(_("Alerts"), columns, rows)


def whole_table(incidents: Sequence[Mapping[str, Any]], hours: ServiceHours, language: str) -> Table:
    """Every alert with its four findings, report against due, instruction, action and proof number."""
    columns = [
        Column(_("Number"), CellKind.reference, 12),
        Column(_("Received at"), CellKind.moment, 17),
        Column(_("Alert"), width=44),
        Column(_("Severity"), width=10),
        Column(_("Event type"), width=22),
        Column(_("State"), width=12),
        *(Column(word(FINDING_WORDS, kind), width=30) for kind in ("who", "file", "route", "spread")),
        Column("SHA-256", width=24),
        Column(_("Report due"), CellKind.moment, 17),
        Column(_("Reported"), CellKind.moment, 17),
        Column(_("In time"), width=8),
        Column(_("Reported by"), width=10),
        Column(_("False positive"), width=10),
        Column(_("Your decision"), width=30),
        Column(_("Carried out and read back"), width=30),
        Column(_("Proof"), width=18),
    ]
    # row by row: page and paper never ask for them
    say = Vocabulary()
    return Table(_("Alerts"), columns, (_whole(one, hours, say) for one in incidents))


def _whole(one: Mapping[str, Any], hours: ServiceHours, say: Vocabulary) -> list[Any]:
    return [
        one["reference"],
        moment(one["opened_at"], hours),
        say.title(one["subject"], one["title"]),
        say.severity(one),
        one["type"],
        say.states[one["state"]],
        *_findings(one, say),
        one["sha256"],
        moment(one["due_at"], hours),
        moment(one["reported_at"], hours),
        None if one["in_time"] is None else (say.yes if one["in_time"] else say.no),
        say.channels[one["way"]] if one["way"] else None,
        say.yes if one["false_positive"] else None,
        _decisions(one, hours, say),
        _results(one, hours, say),
        "、".join(action["reference"] for action in one["actions"] if action["proven"]) or None,
    ]


def moment(stamp: str | None, hours: ServiceHours) -> datetime | None:
    """A kept moment in the service's zone."""
    return datetime.fromisoformat(stamp).astimezone(hours.zone) if stamp else None


def _findings(one: Mapping[str, Any], say: Vocabulary) -> list[str | None]:
    said = one["findings"]
    total = sum(one["outcomes"].values())
    others = total - len(one["computers"])
    who = " · ".join([*one["users"], *one["computers"], *([f"+{others}"] if others > 0 else [])]) or None
    file = " · ".join(part for part in (one["file"], one["detection"]) if part) or None
    spread = "、".join(f"{say.outcomes[name]} {count}" for name, count in _worst_first(one["outcomes"]))
    found = {"who": who, "file": file, "route": one["path"], "spread": spread if total else None}
    return [visible(said.get(kind) or told or "") or None for kind, told in found.items()]


def _worst_first(outcomes: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(outcomes.items(), key=lambda one: WORST_FIRST.index(Outcome(one[0])))


def _until_report(one: Mapping[str, Any], hours: ServiceHours, language: str, say: Vocabulary) -> str:
    """How long until the report, in service hours; late and missing ones say so."""
    opened, reported = moment(one["opened_at"], hours), moment(one["reported_at"], hours)
    if reported is None or opened is None:
        return say.unreported
    spent = span_words(hours.service_time(opened, reported), language)
    return spent if one["in_time"] else f"{spent} {say.late}"


def _decisions(one: Mapping[str, Any], hours: ServiceHours, say: Vocabulary) -> str:
    return "、".join(
        f"{say.choices[action['choice']]} {_at(action['at'], hours)} {action['by']}"
        for action in one["actions"]
        if action["choice"]
    )


def _results(one: Mapping[str, Any], hours: ServiceHours, say: Vocabulary) -> str:
    told = []
    for action in one["actions"]:
        result = say.results[action["status"]]
        proof = f" {_at(action['verified_at'], hours)} {action['reference']}" if action["proven"] else ""
        told.append(f"{say.kinds(action['kind'])}: {result}{proof}")
    return "、".join(told)


def _at(stamp: str | None, hours: ServiceHours) -> str:
    at = moment(stamp, hours)
    return f"{at.month}/{at.day} {at.hour}:{at.minute:02d}" if at else ""
