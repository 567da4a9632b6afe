"""What a console or a mail server failed with, in the reader's language.

Failures are stored as they were raised, in English, since nobody is reading then; pages and mails translate them here.
What another server said in its own words stays as it is.
"""

import re

from flask_babel import gettext as _

from helpdesk.marking import N_

_SENTENCES = (
    N_("There is no instruction for this action."),
    N_("The action is not what was instructed."),
    N_("A supervisor has not looked at this action yet."),
    N_("The customer has no contract in force."),
    N_("The contract ended: the console is read no more."),
    N_("Some rows have faults. Nothing was imported."),
    N_("The import ended unexpectedly each time."),
    N_("Isolation was switched off for this customer."),
    N_("The customer's console credential is missing."),
    N_("It was said to be done by hand, but the console does not show it."),
    N_("The console accepted the call but does not show its effect yet."),
    N_("The console accepted the call, but the computer is %(state)s again."),
    N_("The computer cannot be isolated: system or policy do not allow it."),
    N_("No API key is stored for this customer."),
    N_("The console's answer was not understood (%(kind)s)."),
    N_("Another worker reads this by now."),
    N_("The mail could not be made (%(kind)s)."),
    N_("The report could not be made (%(kind)s)."),
    N_("The run could not be finished (%(kind)s)."),
    N_("The tickets could not be changed (%(kind)s)."),
    N_("The reply could not be sent (%(kind)s)."),
    N_("The recipient's right to be written to ended."),
    N_("The mail could not be written: %(words)s."),
    N_("The mail server could not be reached: %(words)s"),
    N_("The console knows no such computer."),
    N_("The console could not be reached: %(words)s"),
    N_("No answer from the console (%(kind)s)"),
    N_("The console refused a token (%(status)s)"),
    N_("The console's token answer was not understood."),
    N_("The console's answer is not JSON."),
    N_("The console's answer has no data."),
    N_("The console answered %(status)s: %(words)s"),
    N_("The list named as allow list is of the kind %(kind)s."),
    N_("A stored secret cannot be decrypted: HELPDESK_CREDENTIAL_KEYS lacks its key."),
    N_("It was stopped by a person."),
    N_("Somebody else made this entry since: nothing was removed."),
    N_("The console calls %(guid)s %(theirs)s, not %(ours)s: nothing was changed."),
    N_("accepted, but afterwards: %(state)s"),
    N_("no answer; read back: %(state)s"),
    N_("not sent: service hours ended"),
)
_STATES = {
    "not isolated": N_("not isolated"),
    "isolated": N_("isolated"),
    "pending start": N_("isolation is starting"),
    "pending stop": N_("isolation is ending"),
    "on the list": N_("on the list"),
    "off the list": N_("not on the list"),
}


def failure_words(stored: str | None) -> str:
    """A stored failure in the language at hand; what no sentence of ours fits stays as it is."""
    for pattern, sentence in _PATTERNS:
        found = pattern.fullmatch(stored or "")
        if found:
            values = {name: str(_(_STATES.get(value, value))) for name, value in found.groupdict().items()}
            return str(_(sentence)) % values
    return stored or ""


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", sentence)
    texts = [re.escape(part) if number % 2 == 0 else f"(?P<{part}>.*)" for number, part in enumerate(parts)]
    return re.compile("".join(texts), re.DOTALL)


_PATTERNS = [(_pattern(sentence), sentence) for sentence in _SENTENCES]
