"""Pictures made by hand, whole and broken."""

import struct
import zlib


def a_png(width: int = 30, height: int = 30, *, cut: int = 0) -> bytes:
    """A grey picture, made by hand; `cut` bytes are missing at its end."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _row in range(min(height, 4000))))
    made = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return made[: len(made) - cut]
