"""Accuracy per verdict, places, calibration and time of the suggestions, one table for each set of labelled inquiries.

`make eval` looks at `validation.jsonl`, which the thresholds were chosen on, and at `aside.jsonl`,
`third.jsonl` and `fourth.jsonl`, which were unseen when they were first looked at.
`-v` adds what was told wrong. The examples that ship with the product are in none.
"""

import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from helpdesk.demo.data import sample_sections
from helpdesk.manuals.index import Index
from helpdesk.tickets.models import Verdict
from helpdesk.triage.assessment import Assessment, Knowledge, assess
from helpdesk.triage.defaults import default_rules
from helpdesk.triage.learning import Learned
from helpdesk.triage.lessons import shipped_examples

HERE = Path(__file__).parent
Row = dict[str, Any]


def main() -> None:
    names = [name for name in sys.argv[1:] if not name.startswith("-")] or ["validation"]
    known = Knowledge(default_rules(), Index(sample_sections()), Learned.trained(shipped_examples()))
    for name in names:
        rows = [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
        found, times = [], []
        for row in rows:
            begin = time.perf_counter()
            found.append((row, assess(row["subject"], row["body"], known)))
            times.append((time.perf_counter() - begin) * 1000)
        print(f"## {name}: {len(rows)} inquiries\n")
        show(found, times)
        if "-v" in sys.argv:
            show_wrong(found)


def show(found: list[tuple[Row, Assessment]], times: list[float]) -> None:
    table = Counter((row["verdict"], made.verdict.value) for row, made in found)
    right = sum(count for (label, made), count in table.items() if label == made)
    print(f"verdict {right / len(found):.3f} (goal 0.90)")
    for language in ("ja", "en"):
        told = [row["verdict"] == made.verdict for row, made in found if row["language"] == language]
        print(f"  {language}: {sum(told) / max(1, len(told)):.3f} of {len(told)}")
    print("\n| label \\ suggested | " + " | ".join(Verdict) + " | right |\n|---|---|---|---|---|")
    for label in Verdict:
        line = [table[label.value, made.value] for made in Verdict]
        print(
            f"| {label.value} | "
            + " | ".join(map(str, line))
            + f" | {table[label.value, label.value] / sum(line):.2f} |"
        )
    said = sum(count for (_label, made), count in table.items() if made == Verdict.out_of_scope)
    print(f"\nout-of-scope precision {table['out_of_scope', 'out_of_scope'] / max(1, said):.3f} (goal 0.95)")
    placed = [(row["section"], [place.key for place in made.places]) for row, made in found if row["section"]]
    print(f"top-1 {sum(keys[:1] == [key] for key, keys in placed) / len(placed):.3f} (goal 0.80)", end="; ")
    print(f"top-3 {sum(key in keys[:3] for key, keys in placed) / len(placed):.3f} (goal 0.95)")
    for low in (0, 50, 60, 70, 80, 90, 95):
        high = {0: 50, 90: 95, 95: 101}.get(low, low + 10)
        within = [row["verdict"] == made.verdict for row, made in found if low <= made.confidence < high]
        if within:
            print(f"  confidence {low}-{high - 1}: {len(within):4} inquiries, right {sum(within) / len(within):.2f}")
    print(f"{statistics.median(times):.1f} ms for an assessment, {max(times):.1f} at most (goal 20)\n")


def show_wrong(found: list[tuple[Row, Assessment]]) -> None:
    for row, made in found:
        keys = [place.key for place in made.places[:3]]
        if row["verdict"] != made.verdict or (row["section"] and keys[:1] != [row["section"]]):
            print(
                row["verdict"],
                row["section"],
                "->",
                made.verdict,
                made.confidence,
                keys,
                "|",
                row["subject"],
                row["body"],
            )


if __name__ == "__main__":
    main()
