"""What pages show of an alert: its four findings with their sources, its spread, and where it stands."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Integer, Select, bindparam, case, distinct, func, select, true
from sqlalchemy.orm import aliased

from helpdesk.alerts.alert_events import AffectedComputer, AlertEvent, worst_first
from helpdesk.alerts.completions import Completion
from helpdesk.alerts.models import Alert, Finding
from helpdesk.alerts.reporting import AlertReport
from helpdesk.console.values import DETECTIONS
from helpdesk.extensions import db
from helpdesk.tickets.models import Ticket
from helpdesk.trust import Trust

TILES = 12
CONFIDENCE = {("failed",): 10, ("mail",): 90, ("api",): 98, ("mail", "api"): 99, ("agent",): 100}
"""In percent, by who told it. What was worked out rather than told is less sure."""
INFERRED = 70
_ALERT = select(Alert.id).where(Alert.ticket_id == bindparam("ticket", type_=Integer)).scalar_subquery()


@dataclass(frozen=True)
class FindingShown:
    """One of the four findings: in words, who told it, how sure (percent; None where nothing is known)."""

    words: str
    detail: str = ""
    sources: tuple[str, ...] = ()
    confidence: int | None = None
    by: str = ""


@dataclass(frozen=True)
class Tile:
    """One computer of the spread. `reached` is None until the console told its policy."""

    name: str
    outcome: str
    system: str
    policy: str
    reached: bool | None
    user: str = ""
    doubt: str = ""


@dataclass(frozen=True)
class AlertPanel:
    """Everything above an alert's thread. `computers` are the worst first, at most TILES of `total`."""

    alert: Alert
    found: dict[str, FindingShown]
    computers: list[Tile]
    total: int
    by_outcome: dict[str, int]
    unreached: int
    events: int
    matched: int
    file_name: str | None
    detection: str | None
    path: str | None
    completion: dict[str, Any] | None = field(default=None)
    elsewhere: int = 0
    """Other customers of whom the same file was told within 30 days."""
    reports: list[dict[str, Any]] = field(default_factory=list)
    """Each with way, at (aware), by, to_name, number, answered, unnamed, came_back_at."""

    @property
    def more(self) -> int:
        return self.total - len(self.computers)


def alert_panel(ticket: Ticket) -> AlertPanel:
    """The alert with findings and spread: one statement, whatever its size."""
    row = db.session.execute(_PANEL, {"ticket": ticket.id}).one()
    alert: Alert = row.Alert
    tiles = [_tile(computer) for computer in row.tiles or []]
    by_outcome = row.by_outcome or {}
    facts = row.file or {}
    findings = {(finding["kind"], finding["source"]): finding for finding in row.findings or []}
    sources = tuple(name for name, present in (("mail", row.by_mail), ("api", row.by_api)) if present)
    if not alert.believed:
        sources = ("failed",)
    panel = AlertPanel(
        alert=alert,
        found={},
        computers=tiles,
        total=sum(by_outcome.values()),
        by_outcome=by_outcome,
        unreached=row.unreached or 0,
        events=row.events,
        matched=row.matched,
        file_name=facts.get("file_name"),
        detection=facts.get("detection"),
        path=facts.get("file_path"),
        completion=row.completion,
        elsewhere=row.elsewhere,
        reports=[one | {"at": datetime.fromisoformat(one["at"])} for one in row.reports or []],
    )
    by_kind = {
        "who": _who(panel, sources),
        "file": _file(panel, sources),
        "route": _route(panel, findings),
        "spread": _spread(panel, sources),
    }
    for kind, finding in by_kind.items():
        edited = findings.get((kind, "agent"))
        panel.found[kind] = _edited(finding, edited) if edited else finding
    return panel


def _edited(finding: FindingShown, edited: dict[str, Any]) -> FindingShown:
    """An agent's words stand first; what the sources told stays beneath."""
    beneath = finding.words if finding.confidence is not None else ""
    return FindingShown(
        edited["words"], beneath or finding.detail, ("agent", *finding.sources), CONFIDENCE["agent",], edited["by"]
    )


def _who(panel: AlertPanel, sources: tuple[str, ...]) -> FindingShown:
    if not panel.computers:
        return FindingShown(_("unknown"))
    first = panel.computers[0]
    words = f"{first.user} · {first.name}" if first.user else first.name
    others = _("and %(count)s more", count=panel.total - 1) if panel.total > 1 else ""
    detail = " · ".join(part for part in (first.system, others) if part)
    return FindingShown(words, detail, sources, CONFIDENCE.get(sources))


def _file(panel: AlertPanel, sources: tuple[str, ...]) -> FindingShown:
    sha256 = panel.alert.sha256
    if sha256 is None and panel.file_name is None:
        return FindingShown(_("unknown"))
    words = " · ".join(part for part in (panel.file_name, panel.detection) if part) or _("name unknown")
    return FindingShown(words, f"SHA-256 {sha256}" if sha256 else "", sources, CONFIDENCE.get(sources))


def _route(panel: AlertPanel, findings: dict[tuple[str, str], dict[str, Any]]) -> FindingShown:
    finding = findings.get(("route", "api"))
    if finding is not None:
        return FindingShown(finding["words"], panel.path or "", ("api",), INFERRED)
    if panel.path:
        detail = panel.path
        sure = INFERRED if panel.alert.believed else CONFIDENCE["failed",]
        words = _("Not known; this is where the file lay")
        return FindingShown(words, detail, ("mail",) if panel.alert.believed else ("failed",), sure)
    return FindingShown(_("not told by the mail"))


def _spread(panel: AlertPanel, sources: tuple[str, ...]) -> FindingShown:
    if not panel.total:
        return FindingShown(_("unknown"))
    detail = _("%(count)s not reached by any detection list", count=panel.unreached) if panel.unreached else ""
    words = _("%(count)s computers", count=panel.total)
    return FindingShown(words, detail, sources, CONFIDENCE.get(sources))


def _tile(computer: dict[str, Any]) -> Tile:
    lists = computer["lists"]
    reached = None if lists is None else any(each["kind"] == DETECTIONS for each in lists)
    return Tile(
        computer["name"],
        computer["outcome"],
        computer["system"] or "",
        computer["policy"] or "",
        reached,
        computer["user"] or "",
        computer["doubt"] or "",
    )


def _statement() -> Select[*tuple[Any, ...]]:
    """Built once: putting it together costs more than running it."""
    completion = select(Completion.state, Completion.last_error, Completion.finished_at)
    findings = select(Finding.kind, Finding.source, Finding.words, Finding.by).where(Finding.alert_id == _ALERT)
    counts = _counts()
    columns = select(
        Alert,
        *counts.c,
        *_spread_columns(),
        _one(_file_facts()).label("file"),
        _many(findings).label("findings"),
        _many(_reports()).label("reports"),
        _elsewhere().label("elsewhere"),
        _one(completion.where(Completion.alert_id == _ALERT)).label("completion"),
    )
    return columns.join(counts, true()).where(Alert.ticket_id == bindparam("ticket", type_=Integer))


def _elsewhere() -> Any:
    """How many other customers had this file lately: a count, never whose (R70)."""
    mine, other = aliased(Alert), aliased(Alert)
    same = (other.sha256 == mine.sha256) & (other.customer_id != mine.customer_id)
    lately = select(Ticket.id).where(Ticket.id == other.ticket_id, Ticket.opened_at > func.now() - timedelta(days=30))
    rows = select(func.count(distinct(other.customer_id))).select_from(mine).join(other, same)
    return rows.where(mine.id == _ALERT, lately.exists()).scalar_subquery()


def _reports() -> Select[*tuple[Any, ...]]:
    names = ("id", "at", "by", "to_name", "way", "number", "answered", "unnamed", "came_back_at")
    rows = select(*(getattr(AlertReport, name) for name in names))
    return rows.where(AlertReport.alert_id == _ALERT).order_by(AlertReport.id)


def _one(rows: Select[*tuple[Any, ...]]) -> Any:
    """A row as JSON."""
    subquery = rows.subquery()
    return select(func.row_to_json(subquery.table_valued())).scalar_subquery()


def _many(rows: Select[*tuple[Any, ...]]) -> Any:
    """Rows as a JSON list."""
    subquery = rows.subquery()
    return select(func.json_agg(func.row_to_json(subquery.table_valued()))).scalar_subquery()


def _spread_columns() -> list[Any]:
    """The computers: the worst ones, their users, how many of each outcome, how many no detection list reaches."""
    mine = AffectedComputer.alert_id == _ALERT
    shown: tuple[Any, ...] = tuple(
        getattr(AffectedComputer, name) for name in ("name", "outcome", "system", "policy", "lists", "doubt")
    )
    shown = (*shown, AffectedComputer.user.label("user"))
    tiles = select(*shown).where(mine).order_by(worst_first(), AffectedComputer.name).limit(TILES)
    kinds = select(AffectedComputer.outcome, func.count().label("count")).where(mine)
    by_outcome = kinds.group_by(AffectedComputer.outcome).subquery()
    detects = AffectedComputer.lists.contains([{"kind": DETECTIONS}])
    unreached = select(func.count()).where(mine, AffectedComputer.lists.is_not(None), ~detects)
    return [
        _many(tiles).label("tiles"),
        select(func.json_object_agg(by_outcome.c.outcome, by_outcome.c.count)).scalar_subquery().label("by_outcome"),
        unreached.scalar_subquery().label("unreached"),
    ]


def _file_facts() -> Select[*tuple[Any, ...]]:
    """The event that tells most of the file."""
    facts = select(AlertEvent.file_name, AlertEvent.detection, AlertEvent.file_path).where(
        AlertEvent.alert_id == _ALERT
    )
    believed = case({trust: rank for rank, trust in enumerate(Trust)}, value=AlertEvent.trust)
    order = (AlertEvent.file_name.is_(None), believed, AlertEvent.detection.is_(None), AlertEvent.id)
    return facts.order_by(*order).limit(1)


def _counts() -> Any:
    """How many events, how many matched by time, and who told them."""
    by_time = (AlertEvent.source == "both") & AlertEvent.filled.contains(["event_id"])
    return (
        select(
            func.count().label("events"),
            func.count().filter(by_time).label("matched"),
            func.bool_or(AlertEvent.source.in_(("mail", "both"))).label("by_mail"),
            func.bool_or(AlertEvent.source.in_(("api", "both"))).label("by_api"),
        )
        .where(AlertEvent.alert_id == _ALERT)
        .subquery()
    )


_PANEL = _statement()
