"""The supervisor's pages that tune triage: figures, scope rules with a dry run, answer templates."""

import re
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from helpdesk.accounts.roles import Role
from helpdesk.audit.models import record
from helpdesk.customers.models import Language
from helpdesk.errors import Refusal
from helpdesk.extensions import db
from helpdesk.folding import fold_word
from helpdesk.manuals.models import sections_by_key
from helpdesk.tickets.counts import count_views
from helpdesk.tickets.kinds import Verdict
from helpdesk.triage.acts import TriageAct
from helpdesk.triage.answers import ANSWERED, BODY_MAX, VARIABLES, set_template, shipped, template_of
from helpdesk.triage.dry_run import dry_run, recent_inquiries, within
from helpdesk.triage.figures import figures, rule_rates
from helpdesk.triage.knowledge import triage_context
from helpdesk.triage.models import ScopeRule
from helpdesk.web.access import acting, audience, signed_in
from helpdesk.web.forms import strip
from helpdesk.web.responding import again, done

blueprint = Blueprint("tuning", __name__, url_prefix="/desk")
TRIED_SECONDS = 15
RULE_VERDICTS = (Verdict.out_of_scope, Verdict.in_scope)


class RuleForm(FlaskForm):
    verdict = SelectField(_l("Speaks for"), choices=[(v.value, v.value) for v in RULE_VERDICTS])
    words = TextAreaField(
        _l("Words, one a line"), [DataRequired(_l("Please write something first.")), Length(max=5000)]
    )
    reason_ja = StringField(_l("Reason (Japanese)"), [DataRequired(), Length(max=300)], [strip])
    reason_en = StringField(_l("Reason (English)"), [DataRequired(), Length(max=300)], [strip])
    clause = StringField(_l("Clause"), [DataRequired(), Length(max=100)], [strip])
    active = BooleanField(_l("In use"), default=True)


class TemplateForm(FlaskForm):
    body = TextAreaField(_l("Words of the answer"), [Length(max=BODY_MAX)])


@blueprint.get("/triage")
@audience(Role.supervisor)
def overview() -> ResponseReturnValue:
    """How well triage does: 90 days in figures, and what to look at."""
    measures = figures()
    return render_template(
        "desk/triage.html",
        figures=measures,
        verdicts=list(Verdict),
        titles=sections_by_key([rate.key for rate in measures.sections]),
        rules={rule.key: rule for rule in db.session.scalars(select(ScopeRule))},
        **_counts(),
    )


@blueprint.get("/rules")
@audience(Role.supervisor)
def rule_list() -> ResponseReturnValue:
    rules = db.session.scalars(select(ScopeRule).order_by(ScopeRule.id)).all()
    return render_template("desk/rules.html", rules=rules, rates=rule_rates(), **_counts())


@blueprint.get("/rules/new")
@audience(Role.supervisor)
def new_rule() -> ResponseReturnValue:
    return render_template("desk/rule.html", rule=None, form=RuleForm(), tried=None, **_counts())


@blueprint.post("/rules/new")
@audience(Role.supervisor)
def create_rule() -> ResponseReturnValue:
    return _saved_or_tried(None)


@blueprint.get("/rules/<int:rule_id>")
@audience(Role.supervisor)
def rule_form(rule_id: int) -> ResponseReturnValue:
    rule = db.get_or_404(ScopeRule, rule_id)
    form = RuleForm(obj=rule)
    form.words.data = "\n".join(rule.words)
    return render_template("desk/rule.html", rule=rule, form=form, tried=None, **_counts())


@blueprint.post("/rules/<int:rule_id>")
@audience(Role.supervisor)
def change_rule(rule_id: int) -> ResponseReturnValue:
    return _saved_or_tried(db.get_or_404(ScopeRule, rule_id, with_for_update=True))


def _saved_or_tried(rule: ScopeRule | None) -> ResponseReturnValue:
    """Save the rule, or with `try` show what it would change and save nothing."""
    form = RuleForm()
    if not form.validate() or not _tells(form):
        return again("desk/rule.html", rule=rule, form=form, tried=None, **_counts())
    before = rule.as_rule() if rule and rule.active else None
    changed = rule or ScopeRule(key=_new_key(form.reason_en.data or ""), active=True)
    with db.session.no_autoflush:
        _write(changed, form)
        if "try" in request.form:
            after = changed.as_rule() if changed.active else None
            db.session.rollback()
            tried = dry_run(triage_context(), before, after, within(TRIED_SECONDS, recent_inquiries()))
            return render_template("desk/rule.html", rule=rule, form=form, tried=tried, **_counts())
    db.session.add(changed)
    db.session.flush()
    saved = changed.as_rule()
    record(
        acting(),
        TriageAct.rule_changed if rule else TriageAct.rule_added,
        changed,
        verdict=saved.verdict.value,
        words=changed.words,
        reason=dict(saved.reason),
        clause=saved.clause,
        active=changed.active,
    )
    return done(_("The rule is saved and used from now on."), "desk.tuning.rule_list")


_WORD = re.compile(r"\w\w|[一-鿿々]")


def _tells(form: RuleForm) -> bool:
    """Whether every word is one: marks, and single letters or kana, would speak of nothing or of everything."""
    words = [word for word in (form.words.data or "").splitlines() if word.strip()]
    empty = [word for word in words if not _WORD.search(fold_word(word))]
    if empty:
        form.words.errors = [_("%(word)s is no word that could be found.", word=empty[0])]
    return not empty


def _write(rule: ScopeRule, form: RuleForm) -> None:
    words = [word.strip() for word in (form.words.data or "").splitlines() if word.strip()]
    rule.verdict, rule.words = Verdict(form.verdict.data), list(dict.fromkeys(words))
    rule.reason_ja, rule.reason_en = form.reason_ja.data or "", form.reason_en.data or ""
    rule.clause, rule.active = form.clause.data or "", bool(form.active.data)


@blueprint.get("/answer-templates")
@audience(Role.supervisor)
def template_list() -> ResponseReturnValue:
    return render_template("desk/templates.html", verdicts=ANSWERED, **_counts())


@blueprint.get("/answer-templates/<verdict>/<language>")
@audience(Role.supervisor)
def template_form(verdict: str, language: str) -> ResponseReturnValue:
    which, form = _which(verdict, language), TemplateForm(formdata=None)
    form.body.data = template_of(*which)
    return _template_page(form, *which)


@blueprint.post("/answer-templates/<verdict>/<language>")
@audience(Role.supervisor)
def change_template(verdict: str, language: str) -> ResponseReturnValue:
    (wanted, spoken), form = _which(verdict, language), TemplateForm()
    if not form.validate():
        return _template_page(form, wanted, spoken)
    try:
        set_template(acting(), wanted, spoken, "" if "reset" in request.form else form.body.data or "")
    except Refusal as refusal:
        form.body.errors = [str(refusal)]
        return _template_page(form, wanted, spoken)
    return done(_("The answer's words are saved."), "desk.tuning.template_list")


def _template_page(form: TemplateForm, verdict: Verdict, language: Language) -> ResponseReturnValue:
    page = render_template(
        "desk/template.html",
        form=form,
        verdict=verdict,
        spoken=language.value,
        variables=VARIABLES[verdict],
        shipped=shipped(verdict, language.value),
        **_counts(),
    )
    return page, 422 if form.body.errors else 200


def _which(verdict: str, language: str) -> tuple[Verdict, Language]:
    if verdict not in [answered.value for answered in ANSWERED] or language not in Language.__members__:
        raise Refusal(_("Choose one of the given values."))
    return Verdict(verdict), Language(language)


def _new_key(reason: str) -> str:
    """A key from the reason's first words, numbered where it is taken."""
    stem = "-".join(re.findall(r"[a-z0-9]+", reason.lower())[:4]) or "rule"
    taken = set(db.session.scalars(select(ScopeRule.key).where(ScopeRule.key.startswith(stem))))
    return next(key for number in range(1, 10_000) if (key := stem if number == 1 else f"{stem}-{number}") not in taken)


def _counts() -> dict[str, Any]:
    return {"counts": count_views(signed_in())}
