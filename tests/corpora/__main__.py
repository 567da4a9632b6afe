"""`make corpora DIR=...`: every mail below a folder, read by us and by another reader; prints counts (N10 to N16).

Folders of a kind are known by their names: sisimai's set of bounces, others hold people's mails. Nothing is kept.
"""

import mailbox
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from helpdesk.mailgate.automatic import Kind
from helpdesk.mailgate.parsing import Mail, parse_mail
from tests.corpora.independent import Reading, letters, read

SIZE_MAX = 5_000_000
_HEADER = re.compile(rb"(?im)^(?:from|subject|received|return-path|message-id|mime-version|to|date)[ \t]*:")
_NO_BOUNCES = re.compile(r"(?:^|/)(?:arf|rfc3834|is-not-bounce)|/not/|/err/|/tmp/")
_ADDRESSES = re.compile(r"<(?:https?|mailto|tel):[^<>\s]*>")
"""Where a link leads to: we show it behind its words, the other reader does not."""
_PEOPLE = re.compile(r"(?i)mail/spec|mimekit|zammad")


def main() -> None:
    folder, *more = sys.argv[1:] or sys.exit("Name a folder of mails: make corpora DIR=/path")
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for name, raw in mails(Path(folder)):
        for found in judged(name, raw):
            counts[found] += 1
            if found.startswith(("crash", "lost", "wrong", "missed", "person")):
                wrong.append(f"{found}: {name}")
    for found, count in sorted(counts.items()):
        sys.stdout.write(f"{count:6} {found}\n")
    if "-v" in more:
        sys.stdout.write("\n".join(wrong) + "\n")


def mails(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.stat().st_size > SIZE_MAX or ".git" in path.parts:
            continue
        raw = path.read_bytes()
        if len(_HEADER.findall(raw[:20_000])) < 2:
            continue
        name = str(path.relative_to(folder))
        if raw.startswith(b"From ") and raw.count(b"\n\nFrom ") > 1:
            for number, mail in enumerate(mailbox.mbox(path)):
                yield f"{name}#{number}", mail.as_bytes()
        elif path.suffix not in (".rb", ".cs", ".yml", ".md", ".py", ".html", ".json"):
            yield name, raw


def judged(name: str, raw: bytes) -> Iterator[str]:
    """What is to be said of one mail, a word each."""
    yield "mails"
    try:
        ours = parse_mail(raw)
    except Exception as error:
        yield f"crash {type(error).__name__}"
        return
    yield f"kind {ours.kind.value}"
    other = read(raw)
    yield from _compared(ours, other)
    if not (ours.readable or ours.text.strip()):
        yield "lost"
    if "set-of-emails" in name and not _NO_BOUNCES.search(name):
        yield "bounces"
        if ours.kind != Kind.bounce:
            yield f"missed bounce, read as {ours.kind.value}"
    if _PEOPLE.search(name) and ours.kind in (Kind.automatic, Kind.automatic_reply, Kind.bounce, Kind.feedback_loop):
        yield f"person or robot? {ours.kind.value} by {ours.sign}"


def _compared(ours: Mail, other: Reading) -> Iterator[str]:
    if other.subject is not None:
        yield "subject readable"
        if letters(ours.subject)[:400] != letters(other.subject)[:400]:
            yield "wrong subject"
    if other.text is not None and (wanted := letters(_ADDRESSES.sub("", other.text))):
        yield "text readable"
        found = letters(_ADDRESSES.sub("", ours.text))
        if wanted not in found and not (found and found in wanted and len(found) * 10 >= len(wanted) * 9):
            yield "wrong text"
    if other.names:
        yield "names readable"
        if not {letters(name) for name in other.names} <= {letters(file.name) for file in ours.files}:
            yield "wrong names"


if __name__ == "__main__":
    main()
