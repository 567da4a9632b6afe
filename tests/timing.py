"""How long pure work takes."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def processor_time() -> Iterator[Callable[[], float]]:
    """The processor's seconds since the block began: a machine busy with others does not make them more."""
    begin = time.process_time()
    yield lambda: time.process_time() - begin
