"""What people are here (R70)."""

import enum


class Role(enum.StrEnum):
    customer_user = "customer_user"
    customer_admin = "customer_admin"
    reseller_user = "reseller_user"
    subcontractor = "subcontractor"
    agent = "agent"
    supervisor = "supervisor"
    administrator = "administrator"


CUSTOMERS = frozenset({Role.customer_user, Role.customer_admin})
DESK = frozenset({Role.agent, Role.supervisor, Role.subcontractor})
