"""What is recorded of verdicts, rules and what was learned."""

from flask_babel import gettext as _

from helpdesk.audit.acts import Act
from helpdesk.marking import N_, word
from helpdesk.tickets.words import VERDICT_WORDS

DROPPED_WORDS = {
    "touched": N_("somebody had touched the ticket"),
    "not wanted": N_("the customer or the ticket does not allow it any more"),
    "not sure enough": N_("the suggestion is not sure enough"),
    "no place in force": N_("no place of a manual in force was suggested"),
    "incomplete": N_("something in brackets was left to be filled in"),
}


class TriageAct(Act):
    suggested = (
        "verdict.suggested",
        lambda d: (
            _("Seems to be a notice (%(confidence)s %%)", confidence=d["confidence"])
            if d.get("intent") == "notice"
            else _(
                "Suggested verdict: %(verdict)s (%(confidence)s %%)",
                verdict=word(VERDICT_WORDS, d["verdict"]),
                confidence=d["confidence"],
            )
        ),
    )
    intent_set = (
        "intent.set",
        lambda d: _("Taken for a notice") if d["intent"] == "notice" else _("Taken for an inquiry"),
    )
    instruction_added = "instruction.added", N_("An instruction for this alert came in; a person has it confirmed")
    decided = "verdict.decided", lambda d: _("Verdict: %(verdict)s", verdict=word(VERDICT_WORDS, d["verdict"]))
    contested = "verdict.contested", N_("The customer wants a person to look")
    accepted = "verdict.accepted", N_("The customer says this solved it")
    auto_answer_dropped = (
        "auto_answer.dropped",
        lambda d: _("Not answered by itself: %(why)s", why=word(DROPPED_WORDS, d["why"])),
    )
    template_changed = "answer_template.changed", N_("The words of an answer were changed: %(verdict)s, %(language)s")
    rule_added = "rule.added", N_("A rule was added: %(clause)s")
    rule_changed = "rule.changed", N_("The rule was changed: %(clause)s")
    learned = "triage.learned", N_("Learned from %(examples)s examples and %(decisions)s decisions")
    model_activated = "triage.model_activated", N_("What was learned as %(digest)s is used")
