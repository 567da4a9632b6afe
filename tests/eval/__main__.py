"""Accuracy per verdict, places, calibration and time of the suggestions, one table for each set of labelled inquiries.

`make eval` looks at all sets; `-v` adds what was told wrong, `--alone` leaves out what examples taught of places, so
that BM25 alone finds them. The examples that ship with the product are in none. `second` is labelled with headings' ids
of `second.html`, a manual by another author that no example is labelled with.
"""

import statistics
import sys
from collections import Counter

from helpdesk.tickets.kinds import Verdict
from tests.eval.measuring import SETS, Measured, measured


def main() -> None:
    names = [name for name in sys.argv[1:] if not name.startswith("-")] or SETS
    for name in names:
        seen = measured(name, carrying="--alone" not in sys.argv)
        print(f"## {name}: {len(seen.found)} inquiries\n")
        show(seen)
        if "-v" in sys.argv:
            show_wrong(seen)


def show(seen: Measured) -> None:
    print(f"verdict {seen.verdict:.3f}")
    for language in ("ja", "en"):
        told = [row["verdict"] == made.verdict for row, made in seen.found if row["language"] == language]
        print(f"  {language}: {seen.rate(told):.3f} of {len(told)}")
    table = Counter((row["verdict"], made.verdict.value) for row, made in seen.found)
    print("\n| label \\ suggested | " + " | ".join(Verdict) + " | right |\n|---|---|---|---|---|")
    for label in Verdict:
        line = [table[label.value, made.value] for made in Verdict]
        share = table[label.value, label.value] / max(1, sum(line))
        print(f"| {label.value} | " + " | ".join(map(str, line)) + f" | {share:.2f} |")
    print(f"\nout-of-scope precision {seen.refusals:.3f}; places: first {seen.among(1):.3f}, among three ", end="")
    print(f"{seen.among(3):.3f}")
    notices, noticed, refused, mistaken = seen.notices
    print(f"notices: {noticed} of {notices} seen, {refused} refused; {mistaken} inquiries taken for one")
    for low in (0, 50, 60, 70, 80, 90, 95):
        high = {0: 50, 90: 95, 95: 101}.get(low, low + 10)
        within = [row["verdict"] == made.verdict for row, made in seen.found if low <= made.confidence < high]
        if within:
            print(f"  confidence {low}-{high - 1}: {len(within):4} inquiries, right {seen.rate(within):.2f}")
    print(f"{statistics.median(seen.times):.1f} ms for an assessment, {max(seen.times):.1f} at most (goal 20)\n")


def show_wrong(seen: Measured) -> None:
    for row, made in seen.found:
        keys = [place.key for place in made.places[:3]]
        if row["verdict"] != made.verdict or (row["section"] and keys[:1] != [row["section"]]):
            said = (made.verdict.value, made.confidence, made.intent.value, keys)
            print(row["kind"], row["verdict"], row["section"], "->", *said, "|", row["subject"], row["body"][:160])


if __name__ == "__main__":
    main()
