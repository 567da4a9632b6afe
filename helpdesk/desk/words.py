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
