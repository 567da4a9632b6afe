"""Training in a process that ends with it: scikit-learn needs more memory than all the rest of a worker.

What the examples that ship teach with the default rules is learned when the package is built, so that a first start
need not wait: `make assets` writes it beside this file, and it is used for just those.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict

from helpdesk.manuals.index import Section
from helpdesk.manuals.sample import sample_sections
from helpdesk.resources import PACKAGE
from helpdesk.triage.defaults import default_rules
from helpdesk.triage.examples import shipped_examples
from helpdesk.triage.learning import Example, Learned
from helpdesk.triage.rules import Rule

PROGRAM = "helpdesk.triage.training"
SECONDS = 600
BUILT = PACKAGE / "triage" / "learned.bin"
"""The digest of what was asked and how it is learned, and what was learned, packed."""


def train_apart(examples: Sequence[Example], rules: Sequence[Rule], sections: Sequence[Section]) -> Learned:
    """What these examples teach; the program reads them as JSON and writes what was learned as it is kept.

    Raises CalledProcessError or TimeoutExpired where it fails; nothing changes then.
    """
    asked = _asked(examples, rules, sections)
    built = BUILT.read_bytes() if BUILT.exists() else b""
    return Learned.unpacked(built[32:] if built[:32] == _digest(asked) else _trained(asked))


def build() -> None:
    """Learn what ships, unless that was done."""
    asked = _asked(shipped_examples(), default_rules(), sample_sections())
    if not BUILT.exists() or BUILT.read_bytes()[:32] != _digest(asked):
        BUILT.write_bytes(_digest(asked) + _trained(asked))


def _asked(examples: Sequence[Example], rules: Sequence[Rule], sections: Sequence[Section]) -> bytes:
    asked = {
        "examples": [asdict(example) for example in examples],
        "rules": [asdict(rule) for rule in rules],
        "sections": [asdict(section) for section in sections],
    }
    return json.dumps(asked).encode()


def _digest(asked: bytes) -> bytes:
    how = b"".join((PACKAGE / name).read_bytes() for name in HOW_IT_LEARNS)
    return hashlib.sha256(how + asked).digest()


HOW_IT_LEARNS = (
    "folding.py",
    "manuals/index.py",
    "triage/learning.py",
    "triage/places.py",
    "triage/rules.py",
    "triage/training.py",
    "triage/weighing.py",
)
"""The files whose change asks for learning anew."""


def _trained(asked: bytes) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", PROGRAM], input=asked, stdout=subprocess.PIPE, timeout=SECONDS, check=True
    )
    return done.stdout
