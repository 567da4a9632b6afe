"""ISO-2022-JP and EUC-JP as they are really written: with the characters of NEC and IBM that Python's codecs lack.

Two-byte characters are read as the code points of CP932, which has them all. Pure and linear.
"""

import codecs
import functools
import re

_JIS_MODE = re.compile(rb"\x1b(\$\(D|\$[@B]|\([BJIH]|&@\x1b\$B)|([\x0e\x0f])")


def text_of_jis(content: bytes) -> str:
    """ISO-2022-JP as mailers write it (CP50221): NEC and IBM characters and half-width kana included.

    Two-byte characters are read as the code points of CP932, which has them all.
    """
    out: list[str] = []
    mode, position = b"(B", 0
    for escape in _JIS_MODE.finditer(content):
        out.append(_jis_run(content[position : escape.start()], mode))
        shift = escape[2]
        mode = {b"\x0e": b"(I", b"\x0f": b"(B"}[shift] if shift else escape[1]
        position = escape.end()
    out.append(_jis_run(content[position:], mode))
    return "".join(out)


def _jis_run(run: bytes, mode: bytes) -> str:
    if mode in (b"(B", b"(J", b"(H"):
        return run.decode("cp932", errors="replace")
    if mode == b"(I":
        return bytes(b | 0x80 if 0x21 <= b <= 0x5F else b for b in run).decode("cp932", errors="replace")
    if mode == b"$(D":
        lines = run.split(b"\n")
        return "\n".join(_jis_x_0212(line) for line in lines)
    return "\n".join(_two_byte(line) for line in run.split(b"\n"))


def _jis_x_0212(run: bytes) -> str:
    marked = b"".join(b"\x8f" + bytes(b | 0x80 for b in run[i : i + 2]) for i in range(0, len(run) - 1, 2))
    return marked.decode("euc_jp", errors="replace")


def _two_byte(run: bytes) -> str:
    """JIS X 0208 pairs as text by way of CP932; a line break ends the mode, as mailers that forget to do."""
    whole, ending = (run[:-1], "\r") if run.endswith(b"\r") else (run, "")
    out = bytearray()
    for i in range(0, len(whole) - 1, 2):
        out += _shifted(whole[i], whole[i + 1])
    text = out.decode("cp932", errors="replace") + ("�" if len(whole) % 2 else "")
    return text + ending


def _shifted(row: int, cell: int) -> bytes:
    """One pair of JIS bytes (0x21 to 0x7E each) as Shift_JIS bytes."""
    if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
        return b"?"
    lead = ((row - 0x21) >> 1) + (0x81 if row < 0x5F else 0xC1)
    if row % 2:
        return bytes((lead, cell + (0x1F if cell < 0x60 else 0x20)))
    return bytes((lead, cell + 0x7E))


def text_of_euc(content: bytes) -> str | None:
    """EUC-JP with the vendors' characters (CP51932); None where the bytes do not fit."""
    try:
        return content.decode("euc_jp", errors=_VENDORS)
    except UnicodeDecodeError:
        return None


def _vendor_character(error: UnicodeError) -> tuple[str, int]:
    """A pair that Python's codec does not know, read as the code point of CP932; raises where that has none."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    text = _by_cp932(pair)
    if text is None:
        raise error
    return text, error.start + 2


@functools.cache
def _by_cp932(pair: bytes) -> str | None:
    if len(pair) < 2 or not 0xA1 <= min(pair) <= max(pair) <= 0xFE:
        return None
    try:
        return _shifted(pair[0] & 0x7F, pair[1] & 0x7F).decode("cp932")
    except UnicodeDecodeError:
        return None


_VENDORS = "helpdesk.vendor_characters"
codecs.register_error(_VENDORS, _vendor_character)
