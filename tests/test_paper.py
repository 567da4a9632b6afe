"""What is printed: archival PDFs, the same bytes for the same facts, and no character that stops a document."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from helpdesk import paper

AT = datetime(2026, 11, 4, 0, 10, tzinfo=UTC)


def printed(words: str, **more: Any) -> bytes:
    facts = {
        "language": "ja",
        "title": words,
        "provider": "みなと監視サービス",
        "under": "under",
        "footer": "footer",
        "words": {"not_archival": "not archival"},
        "sections": [{"title": "section", "rows": [["label", words]], "text": words}],
        "attached": {"name": "facts.json", "words": words, "description": "facts"},
        **more,
    }
    return paper.as_pdf("proof", facts, made_at=AT)


def words_of(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_it_is_archival_and_tagged_in_a_language(app: Flask) -> None:
    made = printed("白樺メディカル")
    catalogue = PdfReader(BytesIO(made)).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "ja"
    for claim in (b"<pdfaid:part>3</pdfaid:part>", b"<pdfaid:conformance>A</pdfaid:conformance>", b"<pdfuaid:part>1"):
        assert claim in made
    assert PdfReader(BytesIO(made)).attachments["facts.json"][0].decode() == "白樺メディカル"


def test_the_same_facts_give_the_same_bytes(app: Flask) -> None:
    assert printed("一") == printed("一")
    assert printed("一") != printed("二")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("𠮷野産業", "𠮷野産業"),
        ("請求書😀.exe", "請求書〓.exe"),
        ("か\u3099く\u200d\ufeff\u202e\x00", "がく"),
        ("\ue000社", "〓社"),
        ("葛\U000e0104城", "葛城"),
        ("한국 שלום", "〓"),
        ("#eval(1) $x$ @preview \\ [a] */ //", "#eval(1) $x$ @preview \\ [a] */ //"),
        ("⼀⺟ ﾊﾝｶｸ ㈱", "ﾊﾝｶｸ ㈱"),
        ("\ufffe\uffff x", "x"),
    ],
)
def test_no_character_stops_it(app: Flask, said: str, shown: str) -> None:
    made = printed(said)
    assert shown in words_of(made)
    assert "not archival" not in words_of(made)


def test_a_long_word_stays_on_the_paper(app: Flask) -> None:
    made = printed("a" * 255 + ".exe")
    for page in PdfReader(BytesIO(made)).pages:
        lines = page.extract_text(extraction_mode="layout").splitlines()
        assert lines and max(len(line.strip()) for line in lines) < 160


def test_what_the_standards_refuse_is_printed_all_the_same_and_says_so(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "printable", lambda text, faces: text)
    assert "not archival" in words_of(printed("😀"))
