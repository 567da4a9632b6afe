"""How long pure work may take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """The block takes less of the processor's time; a machine busy with others does not make it longer."""
    begin = time.process_time()
    yield
    assert time.process_time() - begin < seconds
