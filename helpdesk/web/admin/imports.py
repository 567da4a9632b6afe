"""The administrator brings in customers and people from a table: looked at first, then all of it or none (D10)."""

from datetime import UTC, datetime
from io import BytesIO

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from helpdesk.accounts.import_columns import HEADS
from helpdesk.accounts.import_runs import AT_ONCE, CustomerImport, ask_for_import
from helpdesk.accounts.importing import ImportPlan, NoHead, lock_imports, plan_import, run_import
from helpdesk.accounts.roles import Role
from helpdesk.accounts.words import SHEET_FAULT_WORDS
from helpdesk.calendar.models import current_calendar
from helpdesk.extensions import db
from helpdesk.files.keeping import Chosen, drop_kept, keep, kept
from helpdesk.marking import word
from helpdesk.sheets import SIZE_MAX, Unreadable, read_rows
from helpdesk.spreadsheets import XLSX_TYPE, Column, Table, write_xlsx
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.responding import again, done

blueprint = Blueprint("imports", __name__, url_prefix="/admin/import")
PLACE = "import:customers"
EXAMPLE = (
    *("株式会社 みほん", "カブシキガイシャ ミホン", "alerts+mihon@desk.example", "見本 花子", "ミホン ハナコ"),
    *("情報システム部", "hanako@mihon.example", "03-0000-0000", "日本語", "○", "○", "メール", "○", "○", "管理者"),
)


@blueprint.get("")
@audience(Role.administrator)
def page() -> ResponseReturnValue:
    """Where a file is chosen; one that was chosen before is shown with what it would bring."""
    chosen = kept(signed_in().id, PLACE)
    return _shown(chosen[-1]) if chosen else render_template("admin/import.html", **_facts(None))


@blueprint.post("")
@audience(Role.administrator)
def look() -> ResponseReturnValue:
    """Read the file and say what it would bring; nothing is changed."""
    file = request.files.get("file")
    content = file.stream.read(SIZE_MAX + 1) if file is not None else b""
    if file is None or not content:
        return again("admin/import.html", **_facts(None), error=_("Choose a file."))
    drop_kept(signed_in().id, PLACE)
    chosen = Chosen((file.filename or "table")[:100], content, "application/octet-stream")
    answer = _shown(chosen)
    if isinstance(answer, str):
        keep(signed_in().id, PLACE, [chosen])
        return done("", "admin.imports.page")
    return answer


@blueprint.post("/run")
@audience(Role.administrator)
def run() -> ResponseReturnValue:
    """Bring in what was looked at. It is read and compared anew: what came meanwhile counts."""
    chosen = kept(signed_in().id, PLACE)
    if not chosen:
        return again("admin/import.html", **_facts(None), error=_("Choose a file."))
    lock_imports()
    try:
        plan = plan_import(read_rows(chosen[-1].content))
    except (Unreadable, NoHead):
        return _shown(chosen[-1])
    if plan.faulty:
        return again("admin/import.html", **_facts(plan, chosen[-1].name))
    drop_kept(signed_in().id, PLACE)
    if len(plan.rows) > AT_ONCE:
        asked = ask_for_import(signed_in(), chosen[-1].name, chosen[-1].content, plan)
        return done("", "admin.imports.progress", run_id=asked.id)
    run_import(acting(), plan)
    new = {what: plan.count(what) for what in ("customer", "person", "address")}
    words = _("%(customer)s customers, %(person)s people and %(address)s alert addresses were added.", **new)
    return done(words, "admin.customers.customer_list")


@blueprint.get("/runs/<int:run_id>")
@audience(Role.administrator)
def progress(run_id: int) -> ResponseReturnValue:
    """How far a large import has come; the page looks again by itself."""
    return render_template("admin/import_run.html", row=db.get_or_404(CustomerImport, run_id))


@blueprint.post("/removal")
@audience(Role.administrator)
def forget() -> ResponseReturnValue:
    """Another file is to be chosen."""
    drop_kept(signed_in().id, PLACE)
    return done("", "admin.imports.page")


@blueprint.get("/table.xlsx")
@audience(Role.administrator)
def empty_table() -> ResponseReturnValue:
    """A table to fill in: every column by its name, and one row as an example."""
    table = Table("お客様", [Column(names[0], width=18) for names in HEADS.values()], [EXAMPLE])
    out = BytesIO()
    write_xlsx(out, [table], zone=current_calendar().hours.zone, made_at=datetime(2026, 1, 1, tzinfo=UTC))
    answer = Response(out.getvalue(), content_type=XLSX_TYPE)
    answer.headers["Content-Disposition"] = "attachment; filename=customers.xlsx"
    return answer


def _shown(chosen: Chosen) -> ResponseReturnValue:
    try:
        plan = plan_import(read_rows(chosen.content))
    except Unreadable as error:
        words = word(SHEET_FAULT_WORDS, error.fault.value)
        return again("admin/import.html", **_facts(None), error=_("%(name)s: %(why)s", name=chosen.name, why=words))
    except NoHead:
        words = _("No column is named %(head)s.", head=next(iter(HEADS.values()))[0])
        return again("admin/import.html", **_facts(None), error=_("%(name)s: %(why)s", name=chosen.name, why=words))
    return render_template("admin/import.html", **_facts(plan, chosen.name))


def _facts(plan: ImportPlan | None, name: str = "") -> dict[str, object]:
    return {"plan": plan, "name": name, "heads": HEADS}
