"""Accuracy per verdict, top-1 and top-3 of the manual places, calibration, and time, printed as one table."""

import json
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from helpdesk.demo.data import sample_sections
from helpdesk.tickets.models import Verdict
from helpdesk.triage.assessment import Assessment, Index, assess
from helpdesk.triage.defaults import default_rules

HERE = Path(__file__).parent


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "inquiries.jsonl"
    rows = [json.loads(line) for line in (HERE / name).read_text().splitlines()]
    rules, index = default_rules(), Index(sample_sections())
    found: list[tuple[dict[str, str], Assessment]] = []
    times = []
    for row in rows:
        begin = time.perf_counter()
        found.append((row, assess(row["subject"], row["body"], rules=rules, index=index)))
        times.append((time.perf_counter() - begin) * 1000)
    table = Counter((row["verdict"], made.verdict.value) for row, made in found)
    right = sum(count for (label, made), count in table.items() if label == made)
    print(f"{len(rows)} inquiries of {name}; verdict {right / len(rows):.3f} (goal 0.90)")
    for label in Verdict:
        print(
            f"  {label.value:18}" + "".join(f"{made.value}: {table[label.value, made.value]:4}  " for made in Verdict)
        )
    said = sum(count for (_label, made), count in table.items() if made == Verdict.out_of_scope)
    print(f"out-of-scope precision {table['out_of_scope', 'out_of_scope'] / max(1, said):.3f} (goal 0.95)")
    placed = [(row["section"], [place.key for place in made.places]) for row, made in found if row["section"]]
    print(f"top-1 {sum(keys[:1] == [key] for key, keys in placed) / len(placed):.3f} (goal 0.80)", end="; ")
    print(f"top-3 {sum(key in keys[:3] for key, keys in placed) / len(placed):.3f} (goal 0.95)")
    for low in range(50, 100, 10):
        within = [row["verdict"] == made.verdict for row, made in found if low <= made.confidence < low + 10]
        if within:
            print(f"  confidence {low}-{low + 9}: {len(within):4} inquiries, right {sum(within) / len(within):.2f}")
    print(f"{statistics.median(times):.1f} ms for an assessment, {max(times):.1f} at most (goal 20)")
    if "-v" in sys.argv:
        for row, made in found:
            if row["verdict"] != made.verdict or (
                row["section"] and [p.key for p in made.places][:1] != [row["section"]]
            ):
                print(
                    row["verdict"],
                    row["section"],
                    "->",
                    made.verdict.value,
                    made.confidence,
                    [(p.key, p.score) for p in made.places[:3]],
                    "|",
                    row["subject"],
                    row["body"],
                )


if __name__ == "__main__":
    main()
