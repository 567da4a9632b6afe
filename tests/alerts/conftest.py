"""A customer's console for alerts that lead to targets."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from helpdesk.audit.models import SYSTEM
from helpdesk.config import Config
from helpdesk.console.jobs import check
from helpdesk.console.models import ConsoleCredential
from helpdesk.demo.console_state import Console
from tests.conftest import TUESDAY_NOON, Cast
from tests.servers import console


@pytest.fixture
def known_vendor(cast: Cast, config: Config, tmp_path: Path, at: Callable[[str], datetime]) -> Iterator[Console]:
    """Its key is checked, and its computers may be isolated."""
    at(TUESDAY_NOON)
    cast.acme.set_handling(SYSTEM, second_eyes=False, isolation=True, links_need_sign_in=False)
    with console(config.console_port, tmp_path) as running:
        for errand_id, turn in ConsoleCredential.queue_due():
            check(errand_id, turn)
        yield running
