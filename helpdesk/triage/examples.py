"""The texts that ship with the product, written for it and labelled by the definitions of R05."""

import json
from pathlib import Path

from helpdesk.triage.learning import READ, Example, Need
from helpdesk.triage.questions import own_words

EXAMPLES = Path(__file__).parent / "examples.jsonl"


def shipped_examples() -> list[Example]:
    rows = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    return [Example(text_of(row["subject"], row["body"]), Need(row["need"]), row["section"]) for row in rows]


def text_of(subject: str, body: str) -> str:
    """What is learned of an inquiry: what an assessment reads of it."""
    return f"{subject}\n{own_words(body[:READ])}".strip()
