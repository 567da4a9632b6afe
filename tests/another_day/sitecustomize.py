"""Moves real time for this Python and every one it starts: on the path where `make test DAY=...` put it.

HELPDESK_TEST_DAY is a date and time (ISO 8601). Time runs on from there; what counts seconds (monotonic) is left alone,
and so are the servers, whose own clocks the product never asks.
"""

import os
import time
from datetime import datetime

import time_machine

ahead = os.environ.get("HELPDESK_TEST_DAY_AHEAD") or str(
    datetime.fromisoformat(os.environ["HELPDESK_TEST_DAY"]).timestamp() - time.time()
)
os.environ["HELPDESK_TEST_DAY_AHEAD"] = ahead
time_machine.travel(time.time() + float(ahead), tick=True).start()
