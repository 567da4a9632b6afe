"""Who wrote a mail, by the grammar of its From line (RFC 5322 3.4 and 3.6.2). Pure.

The address is what stands in angle brackets; what looks like one in the words before it is part of a name. Lines are
taken apart as they came, before any encoded word is read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SPEC = re.compile(r'(?:[^\s<>"(),:;@\\\[\]]{1,64}|"[^"\r\n]{0,62}")@[^\s<>"(),:;@\\]{1,255}')
_AMONG = re.compile(rf"(?<![^\s<>(),:;]){_SPEC.pattern}(?![^\s<>(),:;])")
LINE_MAX = 10_000
"""A longer line is no author's: what stands behind it may name others."""


@dataclass(frozen=True)
class Author:
    """`address` is in lower case and empty where the line names none; `name` is as it came, encoded words and all.

    `several`: the header names more than one author. `plain`: it is written as the grammar wants it, so that everybody
    who reads it reads the same.
    """

    address: str = ""
    name: str = ""
    several: bool = False
    plain: bool = False

    @property
    def alone(self) -> bool:
        """Whether exactly one author is named."""
        return bool(self.address) and not self.several


def author_of(lines: Sequence[str]) -> Author:
    """The author of a mail with these From lines, unfolded; the first one named where there are several."""
    authors = [_mailbox(pieces) for line in lines for pieces in _split(line[:LINE_MAX])]
    named = [number for number, author in enumerate(authors) if author.address]
    different = len({authors[number].address for number in named}) > 1
    several = (
        different
        or len(lines) > 1
        or any(author.several for author in authors)
        or any(len(x) > LINE_MAX for x in lines)
    )
    first = named[0] if named else len(authors) - 1
    name = ", ".join(author.name for author in authors[: first + 1] if author.name)
    address, plain = (authors[first].address, authors[first].plain) if named else ("", False)
    return Author(address, name, several, plain=plain and len(authors) == 1)


NOBODY = Author()


@dataclass
class _Pieces:
    """One mailbox of a list, taken apart: the words outside of angle brackets, what is in them, what was broken."""

    words: str = ""
    """With quoted strings as they came, quotation marks included: a local part may be one."""
    name: str = ""
    """The same as it is meant, without quotation marks."""
    bare: str = ""
    """The words without quoted strings."""
    angles: tuple[str, ...] = ()
    broken: bool = False


def _split(line: str) -> list[_Pieces]:
    """The mailboxes of a list, groups opened, comments left out; what does not close ends with the line."""
    mailboxes, position, group = [_Pieces()], 0, False
    while position < len(line):
        c, last = line[position], mailboxes[-1]
        if c in '"(<':
            inside, position, closed = _inside(line, position)
            last.broken = last.broken or not closed
            if c == '"':
                last.words, last.name = f'{last.words}"{inside}"', last.name + inside
            elif c == "<":
                last.angles += (inside,)
            else:
                last.words += " "  # a comment parts words (RFC 5322 3.2.2)
            continue
        position += 1
        if c in ",;":
            group = group and c != ";"
            mailboxes.append(_Pieces())
        elif c == ":" and not last.angles:
            mailboxes[-1], group = _Pieces(broken=group or "@" in last.words), True
        else:
            last.words, last.name, last.bare = last.words + c, last.name + c, last.bare + c
            last.broken = last.broken or c == "\\"
    mailboxes[-1].broken = mailboxes[-1].broken or group
    return [mailbox for mailbox in mailboxes if mailbox.words.strip() or mailbox.angles or mailbox.broken]


_CLOSING = {'"': '"', "(": ")", "<": ">"}


def _inside(line: str, start: int) -> tuple[str, int, bool]:
    """(what is inside, where it goes on, whether it closes) of a quoted string, a comment or angle brackets."""
    opening, depth, position, kept = line[start], 1, start + 1, []
    while position < len(line):
        c = line[position]
        position += 1
        if c == "\\" and position < len(line) and opening != "<":
            kept.append(line[position])
            position += 1
        elif c == _CLOSING[opening] and (opening != "(" or depth == 1):
            return "".join(kept), position, True
        elif opening == "<" and c == '"':
            quoted, position, _closed = _inside(line, position - 1)
            kept.append(f'"{quoted}"')
        else:
            depth += (c == "(") - (c == ")") if opening == "(" else 0
            kept.append(c)
    return "".join(kept), position, False


def _mailbox(pieces: _Pieces) -> Author:
    if not pieces.angles:
        address = _spec(pieces.words)
        beside = [] if address else _AMONG.findall(pieces.words)
        if len(beside) == 1:
            address = _spec(beside[0])
        name = "" if address else " ".join(pieces.name.split())
        return Author(address, name, several=len(beside) > 1, plain=bool(address) and not pieces.broken and not beside)
    routes = (angle.rpartition(":")[2] if angle.lstrip().startswith("@") else angle for angle in pieces.angles)
    addresses = [spec for route in routes if (spec := _spec(route))]
    name = " ".join(pieces.name.split())
    address = addresses[0] if addresses else ""
    plain = len(pieces.angles) == 1 and not pieces.broken and not set(pieces.bare) & set("@[]")
    return Author(address, name, several=len(set(addresses)) > 1, plain=plain and bool(address))


def _spec(text: str) -> str:
    """An address without the blanks around its parts, in lower case; empty where it is none."""
    address = "@".join(part.strip() for part in text.strip().rsplit("@", 1))
    return address.lower() if _SPEC.fullmatch(address) else ""
