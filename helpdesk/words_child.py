"""Run as a program of its own, with little memory and time: a file comes in, the words within go out as JSON.

Archives, office documents and PDFs can hold far more than their size says: here reading them may die. It imports
nothing of the house.
"""

import gzip
import html
import io
import json
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator

import pypdfium2

MEMORY, SECONDS = 1024 * 1024 * 1024, 40
BYTES_MAX, MEMBERS_MAX, DEPTH = 64 * 1024 * 1024, 2_000, 3
ZIP, GZIP, OLE, PDF = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"%PDF-"
_TAG = re.compile(r"<[^<>]*>")


def is_container(content: bytes) -> bool:
    """Whether its words show only once it was opened."""
    return content.startswith((ZIP, GZIP, OLE)) or PDF in content[:1024]


def texts_of(content: bytes) -> Iterator[str]:
    """What plain bytes may say; what is not UTF-8 in the two charsets that Japanese is written in beside it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield content.decode("utf-16", "replace")
        return
    if b"\x1b$" in content:
        yield content.decode("iso2022_jp", "replace")
        return
    try:
        found = [content.decode("utf-8")]
    except UnicodeDecodeError:
        found = [content.decode(charset, "replace") for charset in ("utf-8", "cp932", "euc_jp")]
    for text in found:
        yield text
        if "<" in text:
            yield html.unescape(_TAG.sub("", text))
            yield html.unescape(_TAG.sub(" ", text))


def within(content: bytes, left: int = DEPTH) -> Iterator[str]:
    """The words of a file and of the files in it, as deep as `left`."""
    if content.startswith(ZIP) and left:
        yield from _zipped(content, left)
    elif content.startswith(GZIP) and left:
        with gzip.open(io.BytesIO(content)) as packed:
            yield from within(packed.read(BYTES_MAX), left - 1)
    elif PDF in content[:1024]:
        yield from _printed(content)
    elif content.startswith(OLE):
        yield content.decode("utf-16-le", "replace")
        yield content[1:].decode("utf-16-le", "replace")
        yield content.decode("cp932", "replace")
    else:
        yield from texts_of(content)


def _zipped(content: bytes, left: int) -> Iterator[str]:
    most = BYTES_MAX
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist()[:MEMBERS_MAX]:
            yield member.filename
            if member.flag_bits & 1 or member.is_dir():
                continue
            with archive.open(member) as packed:
                inside = packed.read(most)
            most -= len(inside)
            yield from within(inside, left - 1)


def _printed(content: bytes) -> Iterator[str]:
    document = pypdfium2.PdfDocument(content)
    yield "\n".join(document.get_metadata_dict().values())
    for page in document:
        yield page.get_textpage().get_text_bounded()


def main() -> dict[str, object]:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    return {"words": list(within(sys.stdin.buffer.read()))}


if __name__ == "__main__":
    try:
        told = main()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, pypdfium2.PdfiumError, MemoryError):
        told = {"fault": "unreadable"}
    json.dump(told, sys.stdout)
