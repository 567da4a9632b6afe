"""`helpdesk triage ...`: the suggestion from the command line."""

import json
import sys
from typing import Any

import click
from flask.cli import AppGroup

from helpdesk.audit.models import SYSTEM
from helpdesk.extensions import db
from helpdesk.manuals.models import ManualSection, current_contents
from helpdesk.triage.assessment import Assessment, assess
from helpdesk.triage.knowledge import triage_context
from helpdesk.triage.lessons import TriageModel, active_model, learn_if_new, made_again
from helpdesk.triage.places import Place


@click.group(cls=AppGroup)
def triage() -> None:
    """Look at what would be suggested."""


@triage.command("assess")
def assess_lines() -> None:
    """Read inquiries as JSON lines (subject, body, language, topic) from standard input; print a line for each.

    The rules and the manual are the installation's own. A line that is no JSON object ends with its number.
    """
    context = triage_context()
    sections = {section.key: section for section in current_contents()}
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        inquiry = _inquiry(line, number)
        subject, body, topic = (str(inquiry.get(name) or "") for name in ("subject", "body", "topic"))
        assessment = assess(subject, body, context.known, topic=topic)
        language = "en" if inquiry.get("language") == "en" else "ja"
        click.echo(json.dumps(_worded(assessment, sections, language), ensure_ascii=False))


@triage.command("learn")
def learn_now() -> None:
    """Learn from what agents decided since the active version; with nothing new the version stays."""
    made = learn_if_new(SYSTEM)
    db.session.commit()
    model = made or active_model()
    assert model is not None  # noqa: S101 - learning makes one where there is none
    click.echo(f"{'learned' if made else 'nothing new:'} {_version(model)}")


@triage.command("versions")
@click.option("--check", type=int, help="Make this version again from its decisions and compare.")
@click.option("--use", type=int, help="Suggest with this version from now on.")
def versions(check: int | None, use: int | None) -> None:
    """List what was learned in versions, the active one marked."""
    if chosen := use or check:
        model = db.session.get(TriageModel, chosen)
        if model is None:
            raise click.ClickException(f"there is no version {chosen}")
        if check and made_again(model) != model.digest:
            raise click.ClickException(f"version {check} made again is another: examples or words have changed")
        if use:
            model.activate(SYSTEM)
            db.session.commit()
    for row in db.session.scalars(db.select(TriageModel).order_by(TriageModel.id)):
        click.echo(f"{'*' if row.active else ' '} {_version(row)}")


def _version(model: TriageModel) -> str:
    return (
        f"{model.id}: {model.examples} examples and {model.decisions} decisions up to {model.last_decision_id}, "
        f"{model.made_at:%Y-%m-%d %H:%M} UTC, {model.digest[:12]}"
    )


def _inquiry(line: str, number: int) -> dict[str, Any]:
    try:
        inquiry = json.loads(line)
    except ValueError:
        inquiry = None
    if not isinstance(inquiry, dict):
        raise click.ClickException(f"line {number} is no JSON object with subject, body and language")
    return inquiry


def _worded(assessment: Assessment, sections: dict[str, ManualSection], language: str) -> dict[str, Any]:
    return {
        "kind": assessment.intent.value,
        "verdict": assessment.verdict.value,
        "confidence": assessment.confidence / 100,
        "reasons": [reason[language] for reason in assessment.reasons],
        "places": _places(assessment.places, sections, language),
        "questions": [
            {
                "text": question.text,
                "verdict": question.verdict.value,
                "confidence": question.confidence / 100,
                "places": _places(question.places, sections, language),
            }
            for question in assessment.questions
        ],
    }


def _places(places: list[Place], sections: dict[str, ManualSection], language: str) -> list[dict[str, Any]]:
    return [_place(sections[place.key], language) for place in places if place.key in sections]


def _place(section: ManualSection, language: str) -> dict[str, Any]:
    manual = section.manual
    place = {
        "manual": manual.title(language),
        "edition": manual.edition,
        "section": section.key,
        "page": section.page,
        "title": section.title(language),
    }
    return {**place, "anchor": section.anchor} if section.anchor else place
