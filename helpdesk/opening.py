"""What a file says, read by a process of its own: archives, office documents, PDFs (words_child.py)."""

import json
import subprocess
import sys

from helpdesk.resources import PACKAGE

SECONDS = 90


class NotRead(ValueError):
    """The file is locked, damaged, or asks for too much."""


def opened(content: bytes) -> list[str]:
    """Its words piece by piece: of a PDF what it says of itself, then page by page. Raises NotRead.

    A file that asks for too much takes nobody along.
    """
    child = [sys.executable, "-I", str(PACKAGE / "words_child.py")]
    try:
        done = subprocess.run(child, input=content, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotRead("time") from error
    told = json.loads(done.stdout) if done.returncode == 0 else {}
    if "words" not in told:
        raise NotRead("unreadable")
    words: list[str] = told["words"]
    return words
