"""The words of what is changed on many tickets at once."""

from helpdesk.marking import N_

CHANGE_WORDS: dict[str, str] = {
    "assign": N_("Assignee"),
    "state": N_("State"),
    "priority": N_("Priority"),
    "queue": N_("Queue"),
    "tag": N_("Tagged"),
    "untag": N_("Tag taken off"),
    "snooze": N_("Put away"),
    "wake": N_("Taken out again"),
    "close": N_("Closed"),
    "merge": N_("Merged"),
    "macro": N_("Prepared reply"),
    "undo": N_("Undone"),
}
UNTIL_WORDS: dict[str, str] = {
    "hours": N_("for two hours"),
    "opening": N_("until the next opening"),
    "week": N_("for a week"),
    "answer": N_("until the customer writes"),
}
POINT_WORDS: dict[str, str] = {
    "people": N_("Somebody administers the organisation"),
    "told": N_("Somebody is told of alerts"),
    "instructs": N_("Somebody may instruct"),
    "contract": N_("A contract is in force"),
    "key": N_("The API key works"),
    "lists": N_("Policies and lists were seen"),
    "address": N_("Alert mails arrive"),
}
POINT_SHORT_WORDS: dict[str, str] = {
    "people": N_("Administrator"),
    "told": N_("Who is told"),
    "instructs": N_("Who instructs"),
    "contract": N_("Contract"),
    "key": N_("API key"),
    "lists": N_("Lists"),
    "address": N_("Alert address"),
}
POINT_STATE_WORDS: dict[str, str] = {
    "done": N_("done"),
    "waiting": N_("waits to be seen working"),
    "open": N_("still open"),
    "failing": N_("fails"),
}
POINT_PLACES: dict[str, str] = {
    "people": "people",
    "told": "people",
    "instructs": "people",
    "contract": "contract",
    "key": "credential",
    "lists": "credential",
    "address": "addresses",
}
