"""Files as sections: PDFs with and without an outline, scanned, damaged and locked ones, HTML pages and ZIP files."""

import io
import zipfile

import pytest

from helpdesk.manuals.pdfs import read_pdf
from helpdesk.manuals.reading import PageTrouble, Trouble, keys_of, reflow
from helpdesk.manuals.web_pages import read_html, read_zip
from tests.manuals.files import CHAPTERS, a_pdf


def test_an_outline_gives_titles_pages_and_texts() -> None:
    told: list[tuple[int, int]] = []
    found = read_pdf(a_pdf(), lambda done, pages: told.append((done, pages)))
    assert [(one.title, one.page) for one in found.sections] == [(title, n) for n, (title, _) in enumerate(CHAPTERS, 1)]
    assert found.sections[2].text == CHAPTERS[2][1]
    assert (found.pages, found.troubles) == (3, ())
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_running_heads_are_left_out_of_long_manuals() -> None:
    chapters = [
        (f"{n}. Part {n}", f"Something about {word}, and nothing else.") for n, word in enumerate("abcdefgh", 1)
    ]
    found = read_pdf(a_pdf(chapters=chapters))
    assert [one.text for one in found.sections] == [text for _title, text in chapters]


def test_without_an_outline_every_page_is_a_section() -> None:
    found = read_pdf(a_pdf(outline=False))
    assert [one.page for one in found.sections] == [1, 2, 3]
    assert "lock the account" in found.sections[1].text


def test_a_section_without_end_is_cut_and_told() -> None:
    words = "<h1>Short</h1><p>x</p><h1>Endless</h1><p>" + "word " * 21_000
    for found in (read_html(words.encode()), read_zip(a_zip({"a.html": words.encode()}))):
        assert [len(one.text) for one in found.sections] == [1, 100_000]
        assert found.troubles == (PageTrouble(0, Trouble.cut, "Endless"),)
    paged = read_pdf(a_pdf(chapters=[("1. Endless", "word " * 21_000), ("2. Short", "x")]))
    assert paged.troubles == (PageTrouble(1, Trouble.cut, "1. Endless"),)


def test_pages_of_a_zip_file_are_told_as_they_are_read() -> None:
    told: list[tuple[int, int]] = []
    read_zip(a_zip({f"{n}.html": b"<h1>A</h1>x" for n in range(3)}), lambda done, pages: told.append((done, pages)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_pages_of_pictures_are_told_one_by_one() -> None:
    found = read_pdf(a_pdf(scanned=2))
    assert found.troubles == (PageTrouble(4, Trouble.no_text), PageTrouble(5, Trouble.no_text))
    assert len(found.sections) == 3


def test_a_scanned_file_gives_nothing_and_says_so_page_by_page() -> None:
    found = read_pdf(a_pdf(chapters=CHAPTERS[:1], scanned=3))
    assert found.refused
    assert [one.page for one in found.troubles] == [2, 3, 4]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", Trouble.damaged),
        (b"%PDF-1.7\nnothing more", Trouble.damaged),
        (a_pdf()[:700], Trouble.damaged),
        (a_pdf(password="secret"), Trouble.encrypted),
    ],
)
def test_what_cannot_be_opened_is_refused_as_a_whole(content: bytes, what: Trouble) -> None:
    found = read_pdf(content)
    assert found.refused
    assert found.troubles == (PageTrouble(0, what),)


@pytest.mark.parametrize("cut", range(200, 2200, 400))
def test_flipped_bytes_never_raise(cut: int) -> None:
    content = bytearray(a_pdf(scanned=1))
    for place in range(cut, min(cut + 60, len(content))):
        content[place] ^= 0x5A
    found = read_pdf(bytes(content))
    assert found.refused or found.sections


HTML = """<html><head><title>Guide</title><style>.x{}</style></head><body><nav>skip me</nav><p>Before.</p>
<h1>Signing in</h1><p>Enter your <b>address</b>.</p><ul><li>one</li><li>two</li></ul>
<h2>パスワード</h2><p>忘れたときは再設定します。</p><script>alert(1)</script></body></html>""".encode()


def test_headings_of_a_page_are_sections() -> None:
    found = read_html(HTML)
    assert [(one.title, one.level, one.text) for one in found.sections] == [
        ("Guide", 1, "Before."),
        ("Signing in", 1, "Enter your address.\none\ntwo"),
        ("パスワード", 2, "忘れたときは再設定します。"),
    ]


def a_zip(pages: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pages.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_pages_of_a_zip_file_come_in_the_order_of_the_index() -> None:
    index = b"<title>I</title><h1>Start</h1><p>x</p><a href='b.html#p'>b</a><a href='a.html'>a</a>"
    pages = {
        "m/a.html": b"<h1>A</h1><p>a</p>",
        "m/b.html": b"<h1>B</h1><p>b</p>",
        "m/index.html": index,
        "m/x.png": b"x",
    }
    assert [one.title for one in read_zip(a_zip(pages)).sections] == ["Start", "B", "A"]


def test_hostile_zip_files_are_refused() -> None:
    assert read_zip(b"PK nonsense").refused
    assert read_zip(a_zip({"a.txt": b"x"})).refused
    bomb = a_zip({f"{n}.html": b"<p>" + b"0" * 20_000_000 for n in range(5)})
    assert len(bomb) < 1_000_000
    assert read_zip(bomb).troubles == (PageTrouble(0, Trouble.too_long),)


def test_deeply_nested_pages_are_read() -> None:
    assert read_html(b"<h1>T</h1>" + b"<div>" * 20_000 + b"x").sections[0].text == "x"


def test_keys_stay_the_same_over_editions() -> None:
    assert keys_of("guide", ["1.2 Signing in", "第3章 設定", "Notes", "Notes", "???"]) == [
        "guide.signing-in",
        "guide.設定",
        "guide.notes",
        "guide.notes-2",
        "guide.section",
    ]
    assert keys_of("guide", ["4.7 Signing in"]) == ["guide.signing-in"]


def test_lines_broken_by_the_page_are_joined() -> None:
    assert (
        reflow("これはとても長い行であり次へ続\nきます。\n• 項目\n次")
        == "これはとても長い行であり次へ続きます。\n• 項目\n次"
    )
    assert (
        reflow("A long line that goes on over\nthe edge of the page.")
        == "A long line that goes on over the edge of the page."
    )
