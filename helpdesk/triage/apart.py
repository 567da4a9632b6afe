"""Training in a process that ends with it: scikit-learn needs more memory than all the rest of a worker."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict

from helpdesk.manuals.index import Section
from helpdesk.triage.learning import Example, Learned
from helpdesk.triage.rules import Rule

PROGRAM = "helpdesk.triage.training"
SECONDS = 600


def train_apart(examples: Sequence[Example], rules: Sequence[Rule], sections: Sequence[Section]) -> Learned:
    """What these examples teach; the program reads them as JSON and writes what was learned as it is kept.

    Raises CalledProcessError or TimeoutExpired where it fails; nothing changes then.
    """
    asked = {
        "examples": [asdict(example) for example in examples],
        "rules": [asdict(rule) for rule in rules],
        "sections": [asdict(section) for section in sections],
    }
    done = subprocess.run(
        [sys.executable, "-m", PROGRAM],
        input=json.dumps(asked).encode(),
        stdout=subprocess.PIPE,
        timeout=SECONDS,
        check=True,
    )
    return Learned.unpacked(done.stdout)
