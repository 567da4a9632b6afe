"""A report in words: one document that page, paper and spreadsheet show alike (R30).

A section has a key, by which the provider's template leaves it out, and any of a chart, a table and sentences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from helpdesk.calendar.hours import ServiceHours
from helpdesk.marking import word
from helpdesk.reports.contents import value_of
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.words import UNIT_WORDS, definitions, figure_words
from helpdesk.spreadsheets import CellKind, Column, Table
from helpdesk.wording import date_words, span_words


@dataclass(frozen=True)
class ReportTile:
    """A figure large: its words, its value, and one line beneath in a tone (ok, warn, bad or none)."""

    figure: str
    label: str
    value: str
    unit: str = ""
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class ReportSection:
    """One part. `sheet` is the whole table where `table` shows some of it; `figures` are keys by row, for links."""

    key: str
    title: str
    chart: Markup | None = None
    table: Table | None = None
    sheet: Table | None = None
    sentences: Sequence[str] = ()
    figures: Sequence[str] = ()
    by: str = ""
    folded: bool = False
    """Its table stands behind its chart, to be opened."""


@dataclass(frozen=True)
class ReportDocument:
    """A month's report in one language."""

    title: str
    customer: str
    month: str
    period: str
    headline: str
    summary: str
    calm: bool
    tiles: Sequence[ReportTile]
    sections: Sequence[ReportSection] = field(default=())
    definitions: Sequence[tuple[str, str]] = ()

    def tables(self) -> list[Table]:
        """The sheets of the spreadsheet, in order."""
        return [section.sheet or section.table for section in self.sections if section.sheet or section.table]  # type: ignore[misc]


def cell_words(kind: CellKind, value: Any, language: str) -> str:
    """A cell as page and paper show it."""
    if value is None:
        return "—"
    if isinstance(value, date):
        day = date_words(value.date() if isinstance(value, datetime) else value, language)
        short = f"{value.month}/{value.day}{day[-3:]}" if language == "ja" else day.rsplit(" ", 1)[0]
        return short if kind == CellKind.day or not isinstance(value, datetime) else f"{short} {value:%H:%M}"
    if kind == CellKind.minutes:
        return span_words(timedelta(minutes=value), language)
    return f"{value}%" if kind == CellKind.percent else str(value)


def figures_table(contents: Mapping[str, Any]) -> Table:
    """Every figure with its key, for whoever counts on."""
    columns = [Column(_("Figure"), width=40), Column(_("Value"), CellKind.number), Column(_("Unit"))]
    rows = [
        [figure_words(one["key"]), one["value"], word(UNIT_WORDS, one["unit"]), one["key"]]
        for one in contents["figures"]
    ]
    return Table(_("Figures"), [*columns, Column(_("Key"), width=34)], rows)


def heading(contents: Mapping[str, Any]) -> tuple[str, str, bool]:
    """The sentence that says how the month went, the one beneath, and whether nothing is left to do."""
    alerts = value_of(contents, "alerts.tickets") or 0
    left = sum(1 for one in contents["incidents"] if one["state"] != "closed")
    if not alerts:
        informing = value_of(contents, "alerts.informing_mails")
        told = _("Your console sent %(count)s mails that only inform.", count=informing)
        words = (
            _("No alerts were received."),
            told if informing else _("Nothing was reported by your console in this month."),
        )
        pending = any(one["value"] for one in contents["figures"] if one["key"].endswith(".pending"))
        return str(words[0]), str(words[1]), not pending
    first = next((count for name, count in contents["outcomes"] if name == "quarantined"), 0)
    done, proven = carried_out(contents)
    sentences = [
        _("%(count)s of them were quarantined by themselves.", count=first) if first else "",
        _("%(proven)s of %(count)s actions were carried out and read back.", proven=proven, count=done) if done else "",
    ]
    summary = " ".join(str(sentence) for sentence in sentences if sentence)
    if left:
        return str(_("%(left)s of %(count)s alerts are still open.", left=left, count=alerts)), summary, False
    return str(_("All %(count)s alerts have been completed.", count=alerts)), summary, True


def tiles(contents: Mapping[str, Any], language: str) -> list[ReportTile]:
    """Four figures for those who read no further."""
    alerts = value_of(contents, "alerts.tickets") or 0
    in_time, late = value_of(contents, "alerts.reported_in_time") or 0, value_of(contents, "alerts.reported_late") or 0
    overdue = value_of(contents, "alerts.not_reported_overdue") or 0
    answer = value_of(contents, "first_answer.median_minutes")
    span = "" if answer is None else span_words(timedelta(minutes=answer), language)
    each = str(_("cases"))
    done, proven = carried_out(contents)
    reports = ReportTile(
        "alerts.reported_in_time",
        _("Reports in time"),
        f"{in_time} / {in_time + late + overdue}",
        each,
        _("%(late)s late, %(missing)s due and not reported", late=late, missing=overdue)
        if late + overdue
        else (_("all by the end of the second business day") if in_time else ""),
        "ok" if not late + overdue else "bad",
    )
    return [
        ReportTile("alerts.tickets", _("Alerts"), str(alerts), each, *_against_last(contents, alerts)),
        reports,
        ReportTile("actions", _("Actions by instruction"), str(done), each, *_all_proven(done, proven)),
        ReportTile(
            "inquiries.opened",
            _("Inquiries"),
            str(value_of(contents, "inquiries.opened") or 0),
            each,
            _("first answer, median %(span)s", span=span) if span else "",
        ),
    ]


def carried_out(contents: Mapping[str, Any]) -> tuple[int, int]:
    """How many instructed actions came to an end in the month, and how many of them were read back.

    What the customer declined or has yet to decide, and what was taken back, is none.
    """
    ends = {one["key"].rpartition(".")[2]: 0 for one in contents["figures"] if one["key"].startswith("actions.")}
    for one in contents["figures"]:
        if one["key"].startswith("actions."):
            ends[one["key"].rpartition(".")[2]] += one["value"]
    proven = ends.get("done", 0) + ends.get("already", 0)
    return proven + ends.get("failed", 0) + ends.get("unclear", 0), proven


def _against_last(contents: Mapping[str, Any], alerts: int) -> tuple[str, str]:
    before = contents["trend"][-1][1] if contents["trend"] else 0
    if alerts == before:
        return str(_("as many as in the month before")), ""
    if alerts < before:
        return str(_("%(count)s fewer than in the month before", count=before - alerts)), "ok"
    return str(_("%(count)s more than in the month before", count=alerts - before)), ""


def _all_proven(actions: int, proven: int) -> tuple[str, str]:
    if not actions:
        return "", ""
    if actions == proven:
        return str(_("all read back, with proof")), "ok"
    return str(_("%(count)s read back, with proof", count=proven)), ""


def document_of(
    contents: Mapping[str, Any], sections: Sequence[ReportSection], *, hours: ServiceHours, language: str
) -> ReportDocument:
    """The document of a snapshot, with these sections."""
    month = ReportMonth.read(contents["month"])
    headline, summary, calm = heading(contents)
    running = _("counted up to now: the month has not ended") if contents["running"] else ""
    period = _(
        "%(first)s 0:00 to %(last)s 24:00 (%(zone)s)",
        first=date_words(month.first, language),
        last=date_words(month.last, language),
        zone=hours.zone.key,
    )
    return ReportDocument(
        title=str(_("Operations report, %(month)s", month=month.words(language))),
        customer=contents["customer"],
        month=contents["month"],
        period=f"{period} {running}".strip(),
        headline=headline,
        summary=summary,
        calm=calm,
        tiles=tiles(contents, language),
        sections=sections,
        definitions=definitions(),
    )
