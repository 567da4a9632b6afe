"""How many inputs a property is tried with: `make hostile` tries many times what `make test` does."""

import os

from hypothesis import settings

TIMES = 20 if os.environ.get("HELPDESK_HOSTILE") else 1


def examples(count: int) -> int:
    return count * TIMES


settings.register_profile("helpdesk", max_examples=examples(100))
settings.load_profile("helpdesk")
