"""Where the product's mails arrive."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpdesk.config import Config
from helpdesk.demo.sink import Sink
from tests.servers import sink


@pytest.fixture
def mailbox(config: Config, tmp_path: Path) -> Iterator[Sink]:
    with sink(config.mail_port, tmp_path) as running:
        yield running
