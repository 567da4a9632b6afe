"""Documents on paper: PDFs set by Typst from `templates/print/`, archival (PDF/A-3a) and tagged (PDF/UA-1).

A document gets its facts as JSON, never as markup, so that no text can say anything to the typesetter. The same facts
and time give the same bytes. The faces come with the front-end files; no font of the machine is used.
"""

import json
import logging
import threading
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst
from flask import current_app
from fontTools.ttLib import TTFont

if TYPE_CHECKING:
    from typst import PDFStandard

STANDARDS: "list[PDFStandard]" = ["a-3a", "ua-1"]
log = logging.getLogger(__name__)
LACKING = "〓"
"""Stands for a character that no face has, as printers did."""
_KEPT = frozenset("\n\t")
_own = threading.local()


def as_pdf(template: str, facts: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """`templates/print/<template>.typ` with these facts (JSON values), dated `made_at` (aware).

    Where the archival standards refuse the text all the same, it is set without them, and the document says so in its
    footer: a month's report does not fail for one character.
    """
    kept = _printable_facts(facts)
    try:
        return _compiled(template, {**kept, "archival": True}, made_at, STANDARDS)
    except typst.TypstError as error:
        if "PDF/" not in str(error):
            raise
        log.warning("%s is set without the archival standard: %s", template, error)
        return _compiled(template, {**kept, "archival": False}, made_at, [])


def printable(text: str, faces: frozenset[int]) -> str:
    """The text without what paper cannot show: invisible characters go, what no face has becomes 〓."""
    return "".join(_shown(character, faces) for character in unicodedata.normalize("NFC", text))


def _shown(character: str, faces: frozenset[int]) -> str:
    if character in _KEPT:
        return character
    kind = unicodedata.category(character)
    if kind in ("Co", "Cs"):
        return LACKING
    # control and format characters, noncharacters, marks that a face would have composed
    if kind in ("Cc", "Cf", "Cn") or (ord(character) not in faces and kind.startswith("M")):
        return ""
    return character if ord(character) in faces or character.isspace() else LACKING


def _printable_facts(value: Any) -> Any:
    """The facts with every text printable; what is attached as a file keeps its exact words."""
    if isinstance(value, str):
        return printable(value, _faces(_folder()))
    if isinstance(value, Mapping):
        return {key: one if key == "attached" else _printable_facts(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable_facts(one) for one in value]
    return value


def _compiled(template: str, facts: Mapping[str, Any], made_at: datetime, standards: "list[PDFStandard]") -> bytes:
    made = _compiler().compile(
        _templates() / f"{template}.typ",
        format="pdf",
        sys_inputs={"facts": json_text(facts)},
        pdf_standards=standards,
        timestamp=made_at.replace(microsecond=0),
    )
    return made if isinstance(made, bytes) else b"".join(made or [])


def prints(image: bytes) -> bool:
    """Whether the typesetter takes these bytes for a PNG."""
    try:
        typst.compile(
            b'#image(bytes(json(bytes(sys.inputs.image))), format: "png")',
            format="pdf",
            ignore_system_fonts=True,
            sys_inputs={"image": json_text(list(image))},
        )
    except typst.TypstError:
        return False
    return True


def json_text(facts: Any) -> str:
    """JSON of what is attached or handed over; a lone surrogate becomes a question mark."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace").decode()


def _compiler() -> typst.Compiler:
    """One a thread: a compiler cannot be shared."""
    if not hasattr(_own, "compiler"):
        _own.compiler = typst.Compiler(
            root=_templates(), font_paths=[str(_folder())], ignore_system_fonts=True, sys_inputs={}
        )
    compiler: typst.Compiler = _own.compiler
    return compiler


def _folder() -> Path:
    folder: Path = current_app.config["PRINT_FONTS"]
    return folder


def _templates() -> Path:
    return Path(current_app.root_path) / str(current_app.template_folder) / "print"


@lru_cache(maxsize=2)
def _faces(folder: Path) -> frozenset[int]:
    """Every code point that one of the faces has a glyph for."""
    known: set[int] = set()
    for file in sorted(folder.glob("*-Regular.ttf")):
        with TTFont(file, lazy=True) as face:
            known.update(face.getBestCmap())
    return frozenset(known)
