"""The sections of a report, one function each, from the snapshot's JSON values (R30)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from helpdesk import charts
from helpdesk.alerts.words import OUTCOME_WORDS
from helpdesk.calendar.hours import ServiceHours
from helpdesk.failures import failure_words
from helpdesk.marking import word, words_of
from helpdesk.reports.contents import value_of
from helpdesk.reports.documents import ReportSection, figures_table
from helpdesk.reports.incident_words import moment, short_table, whole_table
from helpdesk.reports.months import ReportMonth
from helpdesk.reports.words import SECTION_WORDS, SEVERITY_NAMES, figure_words
from helpdesk.spreadsheets import CellKind, Column, Table
from helpdesk.tickets.titles import titled
from helpdesk.tickets.words import CUSTOMER_STATE_WORDS, VERDICT_WORDS
from helpdesk.wording import when_words

TONES = {"critical": "bad", "high": "c3", "medium": "c1", "low": "c4", "unknown": "c2"}
OUTCOME_TONES = {"executed": "bad", "failed": "c3", "detected": "c1", "quarantined": "c2"}
VERDICT_TONES = {"in_scope": "c1", "manual_reference": "c2", "out_of_scope": "c4"}
ROWS_SHOWN = 100
"""Of a table on page and paper; the spreadsheet has all."""
Contents = Mapping[str, Any]


def sections_of(
    contents: Contents, words: Mapping[str, Any], hours: ServiceHours, language: str
) -> list[ReportSection]:
    """Every section that has something to say, in order. `words` are the comment, the advice and who wrote them."""
    made = [part(contents, hours, language) for part in PARTS]
    written = [
        ReportSection(key, title, sentences=words[key].splitlines(), by=words["by"] or "")
        for key, title in (("comment", _("Comment")), ("advice", _("Suggestions for next month")))
        if words.get(key)
    ]
    figures = ReportSection("figures", _("All figures"), sheet=figures_table(contents))
    first, last = [one for one in written if one.key == "comment"], [one for one in written if one.key == "advice"]
    return [section for section in [*first, *made, *last, figures] if section is not None]


def weekly(contents: Contents, _hours: ServiceHours, language: str) -> ReportSection | None:
    if not contents["incidents"]:
        return None
    names = [name for name in SEVERITY_NAMES if any(week["severities"].get(name) for week in contents["weeks"])]
    labels = [_week_words(week, language) for week in contents["weeks"]]
    counts = {name: [week["severities"].get(name, 0) for week in contents["weeks"]] for name in names}
    piled = [charts.Series(word(SEVERITY_NAMES, name), TONES[name], counts[name]) for name in reversed(names)]
    columns = [Column(_("Week"), width=16)]
    columns += [Column(word(SEVERITY_NAMES, name), CellKind.number, 10) for name in names]
    rows = [[label, *(counts[name][i] for name in names)] for i, label in enumerate(labels)]
    legend = "、".join(f"{one.label} {one.total}" for one in reversed(piled))
    return ReportSection(
        "weekly",
        word(SECTION_WORDS, "weekly"),
        chart=charts.stacked(f"{word(SECTION_WORDS, 'weekly')}: {legend}", labels, piled),
        table=Table(word(SECTION_WORDS, "weekly"), columns, rows, chart="column"),
        figures=[f"alerts.by_week.{number}" for number in range(1, len(rows) + 1)],
        folded=True,
    )


def outcomes(contents: Contents, _hours: ServiceHours, _language: str) -> ReportSection | None:
    rows = [[word(OUTCOME_WORDS, name) if name else _("no computer told"), n] for name, n in contents["outcomes"]]
    if not rows:
        return None
    drawn = [
        (label, [(OUTCOME_TONES.get(name, "c4"), count)])
        for (label, count), (name, _count) in zip(rows, contents["outcomes"], strict=True)
    ]
    return _ranked("outcomes", word(SECTION_WORDS, "outcomes"), drawn, rows)


def hosts(contents: Contents, _hours: ServiceHours, _language: str) -> ReportSection | None:
    rows = [[name, count] for name, count in contents["hosts"]]
    drawn = [(name, [("c1", count)]) for name, count in rows]
    return _ranked("hosts", word(SECTION_WORDS, "hosts"), drawn, rows) if rows else None


def trend(contents: Contents, _hours: ServiceHours, language: str) -> ReportSection:
    months = [*contents["trend"], [contents["month"], value_of(contents, "alerts.tickets") or 0]]
    rows = [[ReportMonth.read(month).words(language), count] for month, count in months]
    labels = [str(ReportMonth.read(month).number) for month, _count in months]
    title = word(SECTION_WORDS, "trend")
    return ReportSection(
        "trend",
        title,
        chart=charts.trend(title, labels, [count for _month, count in months]),
        table=Table(title, [Column(_("Month")), Column(_("Alerts"), CellKind.number)], rows, chart="line"),
        folded=True,
    )


def verdicts(contents: Contents, _hours: ServiceHours, _language: str) -> ReportSection | None:
    names = [name for name in VERDICT_WORDS if value_of(contents, f"inquiries.by_verdict.{name}")]
    if not contents["inquiries"]:
        return None
    rows = [[word(VERDICT_WORDS, name), value_of(contents, f"inquiries.by_verdict.{name}")] for name in names]
    drawn = [(label, [(VERDICT_TONES[name], count or 0)]) for name, (label, count) in zip(names, rows, strict=True)]
    undecided = value_of(contents, "inquiries.by_verdict.undecided")
    if undecided:
        rows.append([_("not decided"), undecided])
        drawn.append((_("not decided"), [("c3", undecided)]))
    cited = "、".join(_("%(place)s (%(count)s times)", place=place, count=n) for place, n in contents["places"])
    section = _ranked("verdicts", word(SECTION_WORDS, "verdicts"), drawn, rows)
    sentences = [_("Contested: %(count)s", count=value_of(contents, "inquiries.contested"))]
    sentences += [_("Places cited most: %(places)s", places=cited)] if cited else []
    keys = [*(f"inquiries.by_verdict.{name}" for name in names), "inquiries.by_verdict.undecided"][: len(rows)]
    return ReportSection(section.key, section.title, section.chart, section.table, None, sentences, keys, folded=True)


def types(contents: Contents, _hours: ServiceHours, _language: str) -> ReportSection | None:
    if not contents["incidents"]:
        return None
    columns = [Column(_("Event type"), width=36), Column(_("Alerts"), CellKind.number)]
    rows = [[name or _("not told"), count] for name, count in contents["types"]]
    states = "、".join(f"{word(CUSTOMER_STATE_WORDS, name)} {count}" for name, count in contents["states"])
    return ReportSection(
        "types",
        word(SECTION_WORDS, "types"),
        table=Table(word(SECTION_WORDS, "types"), columns, rows),
        sentences=[states],
    )


def actions(contents: Contents, hours: ServiceHours, language: str) -> ReportSection | None:
    """Alerts with their reports, decisions and proofs."""
    incidents = contents["incidents"]
    if not incidents:
        return None
    shown = short_table(incidents, hours, language)
    left = len(incidents) - len(list(shown.rows))
    more = [_("%(count)s more are in the spreadsheet.", count=left)] if left else []
    return ReportSection(
        "incidents",
        word(SECTION_WORDS, "incidents"),
        table=shown,
        sheet=whole_table(incidents, hours, language),
        sentences=more,
    )


def inquiries(contents: Contents, hours: ServiceHours, _language: str) -> ReportSection | None:
    if not contents["inquiries"]:
        return None
    columns = [
        Column(_("Received at"), CellKind.moment, 17),
        Column(_("Number"), CellKind.reference, 12),
        Column(_("Subject"), width=44),
        Column(_("Answered as"), width=14),
        Column(_("First answer due"), CellKind.moment, 17),
        Column(_("First answer"), CellKind.moment, 17),
        Column(_("Completed"), CellKind.moment, 17),
    ]
    verdicts_told = words_of(VERDICT_WORDS)
    rows = [
        [
            moment(one["opened_at"], hours),
            one["reference"],
            one["subject"],
            verdicts_told[one["verdict"]] if one["verdict"] else None,
            *(moment(one[key], hours) for key in ("due_at", "answered_at", "closed_at")),
        ]
        for one in contents["inquiries"]
    ]
    short = Table(_("Inquiries"), columns, rows[:ROWS_SHOWN])
    left = len(rows) - ROWS_SHOWN
    more = [_("%(count)s more are in the spreadsheet.", count=left)] if left > 0 else []
    return ReportSection(
        "inquiries", _("Inquiries"), table=short, sheet=Table(_("Inquiries"), columns, rows), sentences=more
    )


def times(contents: Contents, _hours: ServiceHours, _language: str) -> ReportSection:
    """Against what is promised, in service hours."""
    pairs = [
        ("alerts.reported_in_time", "alerts.reported_late", "alerts.in_time_percent"),
        ("first_answer.in_time", "first_answer.late", "first_answer.in_time_percent"),
    ]
    columns = [Column(_("What"), width=30), Column(_("In time"), CellKind.number), Column(_("Late"), CellKind.number)]
    columns += [Column(_("Share"), CellKind.percent), Column(_("Median"), CellKind.minutes)]
    medians = [None, value_of(contents, "first_answer.median_minutes")]
    names = [_("Reports of alerts"), _("First answers")]
    rows: list[list[Any]] = [
        [name, *(value_of(contents, key) for key in keys), middle]
        for name, keys, middle in zip(names, pairs, medians, strict=True)
    ]
    rows.append([_("Completion of inquiries"), None, None, None, value_of(contents, "solution.median_minutes")])
    title = word(SECTION_WORDS, "times")
    return ReportSection(
        "times",
        title,
        table=Table(_("Due times"), columns, rows),
        figures=["alerts.reported_in_time", "first_answer.in_time", "solution.median_minutes"],
    )


def console(contents: Contents, hours: ServiceHours, language: str) -> ReportSection:
    """What the console showed at the month's end, beside the contract."""
    facts = contents["console"]
    plans = "、".join(one["plan"] for one in contents["plans"]) or _("no contract")
    sentences = [_("Contract: %(plan)s", plan=plans)]
    if facts is None or not facts.get("read_at"):
        why = failure_words(facts["error"]) if facts and facts.get("error") else _("it was not read at the month's end")
        return ReportSection("console", _("Your console"), sentences=[*sentences, _("No figures: %(why)s", why=why)])
    read = moment(facts["read_at"], hours)
    at = when_words(read, hours.zone, language) if read else ""
    sentences.append(_("%(count)s computers, read %(at)s", count=facts["computers"], at=at))
    for key, words in (
        ("older", _("With an older connector than others of their system: %(count)s. %(names)s")),
        ("silent", _("Not seen for 30 days: %(count)s. %(names)s")),
    ):
        one = facts[key]
        if one["count"]:
            sentences.append(words % {"count": one["count"], "names": "、".join(one["names"])})
    rows = [[_("Policy"), name or "—", n] for name, n in facts["policies"]]
    rows += [[_("Connector"), name or "—", n] for name, n in facts["versions"]]
    columns = [Column("", width=14), Column(_("Name"), width=30), Column(_("Computers"), CellKind.number)]
    return ReportSection(
        "console", _("Your console"), table=Table(_("Your console"), columns, rows), sentences=sentences
    )


def open_points(contents: Contents, hours: ServiceHours, _language: str) -> ReportSection:
    columns = [
        Column(_("Received at"), CellKind.day),
        Column(_("Number"), CellKind.reference),
        Column(_("Subject"), width=50),
    ]
    columns.append(Column(_("State")))
    rows = [
        [
            moment(one["opened_at"], hours),
            one["reference"],
            titled(one["subject"], one["title"]),
            word(CUSTOMER_STATE_WORDS, one["state"]),
        ]
        for one in contents["open"]
    ]
    title = word(SECTION_WORDS, "open")
    if not rows:
        return ReportSection("open", title, sentences=[_("Nothing was open.")])
    left = len(rows) - ROWS_SHOWN
    more = [_("%(count)s more are in the spreadsheet.", count=left)] if left > 0 else []
    short = Table(title, columns, rows[:ROWS_SHOWN])
    return ReportSection("open", title, table=short, sheet=Table(title, columns, rows), sentences=more)


def late(contents: Contents, _hours: ServiceHours, _language: str) -> ReportSection | None:
    if not contents["late"]:
        return None
    columns = [
        Column(_("Figure"), width=40),
        Column(_("As reported"), CellKind.number),
        Column(_("Now"), CellKind.number),
    ]
    columns.append(Column(_("Tickets"), width=40))
    rows = [[figure_words(o["key"]), o["before"], o["after"], "、".join(o["tickets"][:20])] for o in contents["late"]]
    title = word(SECTION_WORDS, "late")
    return ReportSection("late", title, table=Table(title, columns, rows))


def _ranked(key: str, title: str, drawn: Any, rows: list[list[Any]]) -> ReportSection:
    table = Table(title, [Column("", width=30), Column(_("Count"), CellKind.number)], rows)
    return ReportSection(key, title, chart=charts.bars(title, drawn), table=table, folded=True)


def _week_words(week: Mapping[str, Any], language: str) -> str:
    first, last = date.fromisoformat(week["from"]), date.fromisoformat(week["until"])
    days = f"{first.day}" if first == last else f"{first.day}–{last.day}"
    return f"{days}日" if language == "ja" else days


PARTS: tuple[Callable[[Contents, ServiceHours, str], ReportSection | None], ...] = (
    weekly,
    outcomes,
    trend,
    verdicts,
    hosts,
    types,
    times,
    actions,
    inquiries,
    console,
    open_points,
    late,
)
