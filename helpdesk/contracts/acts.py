"""What is recorded of contracts."""

from helpdesk.audit.acts import Act
from helpdesk.marking import N_


class ContractAct(Act):
    added = "contract.added", N_("A contract from %(start)s was added: %(plan)s")
    ended = "contract.ended", N_("The contract's last day was set: %(until)s")
