"""Contracts get a number, a start, an end with its reason; applications, suspensions, changes, notices, counts, money."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0244"
down_revision = "0243"
branch_labels = None
depends_on = None


def words(name: str, *, empty: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="" if empty else None)


def day(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def kind(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def key() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def link(name: str, to: str, *, nullable: bool = False, index: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey(f"{to}.id"), nullable=nullable, index=index)


def upgrade() -> None:
    _applications()
    _contracts()
    _suspensions_and_changes()
    _notices()
    _counts_and_money()
    op.add_column("tickets", number("due_left", nullable=True))


def _applications() -> None:
    op.create_table(
        "contract_applications",
        key(),
        link("customer_id", "customers", index=True),
        link("reseller_id", "resellers", nullable=True),
        kind("state"),
        words("plan"),
        number("clients"),
        kind("edition"),
        kind("origin"),
        day("licence_until", nullable=True),
        day("support_until", nullable=True),
        words("address"),
        day("applied_on"),
        day("wanted_start_on", nullable=True),
        day("put_off_from", nullable=True),
        words("put_off_words", empty=True),
        words("terms_version", empty=True),
        words("menu_version", empty=True),
        moment("recorded_at", nullable=False),
        words("recorded_by"),
        moment("decided_at"),
        words("decided_by", empty=True),
        kind("ground", nullable=True),
        words("ground_words", empty=True),
    )
    open_ones = sa.text("state = 'open'")
    op.create_index(
        "ix_contract_applications_open", "contract_applications", ["applied_on"], postgresql_where=open_ones
    )


def _contracts() -> None:
    for column in (
        sa.Column("number", sa.Text()),
        link("application_id", "contract_applications", nullable=True),
        number("clients", nullable=True),
        day("applied_on", nullable=True),
        day("started_on", nullable=True),
        day("licence_until", nullable=True),
        day("support_until", nullable=True),
        link("start_notice_id", "notices", nullable=True),
        moment("formed_at"),
        kind("ending", nullable=True),
        words("ending_words", empty=True),
        words("ending_words_en", empty=True),
        moment("ending_decided_at"),
        moment("ended_at"),
        sa.Column("all_due", sa.Boolean(), nullable=False, server_default="false"),
        moment("overview_at"),
        moment("seen_off_at"),
    ):
        op.add_column("contracts", column)
    op.execute(
        "UPDATE contracts SET number = 'C-' || to_char(in_force_from, 'YYYY') || '-' || lpad(n::text, greatest(3, length(n::text)), '0') "
        "FROM (SELECT id AS of, row_number() OVER (PARTITION BY date_part('year', in_force_from) ORDER BY id) AS n "
        "FROM contracts) AS numbered WHERE contracts.id = numbered.of"
    )
    op.execute("UPDATE contracts SET ending = 'corrected' WHERE in_force_until IS NOT NULL")
    # what ended before this release is left to a person: no key was set before this moment, so none is destroyed
    op.execute(
        "UPDATE contracts SET seen_off_at = timestamptz '1970-01-01', overview_at = timestamptz '1970-01-01' "
        "WHERE in_force_until < current_date"
    )
    ending = sa.text("in_force_until IS NOT NULL")
    op.create_index("ix_contracts_ending", "contracts", ["in_force_until"], postgresql_where=ending)
    op.create_index("uq_contracts_number", "contracts", ["number"], unique=True)


def _suspensions_and_changes() -> None:
    op.create_table(
        "contract_suspensions",
        key(),
        link("contract_id", "contracts"),
        link("customer_id", "customers"),
        kind("ground"),
        words("words", empty=True),
        moment("since", nullable=False),
        moment("until"),
        words("by_name"),
    )
    lasts = sa.text("until IS NULL")
    op.create_index(
        "uq_contract_suspensions_open", "contract_suspensions", ["contract_id"], unique=True, postgresql_where=lasts
    )
    op.create_index("ix_contract_suspensions_customer_id", "contract_suspensions", ["customer_id", "since"])
    op.create_table(
        "contract_changes",
        key(),
        link("contract_id", "contracts"),
        link("customer_id", "customers", index=True),
        kind("state"),
        day("requested_on"),
        day("effective_on"),
        words("plan"),
        number("clients"),
        words("ja"),
        words("en"),
        words("by_name"),
        moment("decided_at"),
        words("decided_by", empty=True),
        kind("ground", nullable=True),
        words("ground_words", empty=True),
    )
    asked = sa.text("state = 'asked'")
    op.create_index("ix_contract_changes_asked", "contract_changes", ["requested_on"], postgresql_where=asked)
    op.create_index("ix_contract_changes_contract_id", "contract_changes", ["contract_id", "effective_on"])


def _notices() -> None:
    op.create_table(
        "contract_notices",
        key(),
        link("customer_id", "customers"),
        link("contract_id", "contracts", nullable=True),
        link("change_id", "contract_changes", nullable=True),
        link("ticket_id", "tickets", nullable=True),
        link("contact_id", "contacts", nullable=True),
        kind("kind"),
        kind("way"),
        kind("state"),
        words("from_name"),
        words("words"),
        sa.Column("wanted", JSONB(), nullable=False),
        moment("arrived_at", nullable=False),
        day("arrived_on"),
        moment("recorded_at", nullable=False),
        words("arrival_reason", empty=True),
        words("arrival_by", empty=True),
        day("effect_on", nullable=True),
        words("ja", empty=True),
        words("en", empty=True),
        moment("confirmed_at"),
        words("confirmed_by", empty=True),
        words("closing_words", empty=True),
    )
    received = sa.text("state = 'received'")
    op.create_index("ix_contract_notices_received", "contract_notices", ["arrived_on"], postgresql_where=received)
    op.create_index("ix_contract_notices_customer_id", "contract_notices", ["customer_id", "id"])
    of_ticket = sa.text("ticket_id IS NOT NULL")
    op.create_index("ix_contract_notices_ticket_id", "contract_notices", ["ticket_id"], postgresql_where=of_ticket)


def _counts_and_money() -> None:
    op.create_table(
        "licence_counts",
        key(),
        link("contract_id", "contracts"),
        link("customer_id", "customers", index=True),
        day("counted_on"),
        number("licences"),
        words("by_name"),
        sa.Column("by_customer", sa.Boolean(), nullable=False),
        moment("told_at"),
    )
    op.create_index("ix_licence_counts_contract_id", "licence_counts", ["contract_id", "id"])
    op.create_table(
        "contract_payments",
        key(),
        link("customer_id", "customers"),
        day("paid_on"),
        number("yen"),
        words("words", empty=True),
        moment("recorded_at", nullable=False),
        words("recorded_by"),
        moment("removed_at"),
    )
    op.create_index("ix_contract_payments_customer_id", "contract_payments", ["customer_id", "paid_on"])
    op.create_table(
        "price_notices",
        key(),
        link("reseller_id", "resellers", index=True),
        kind("way"),
        day("sent_on"),
        day("effective_on"),
        words("address"),
        words("words"),
        link("notice_id", "notices", nullable=True),
        words("by_name"),
        moment("recorded_at", nullable=False),
    )
    op.create_table(
        "customer_audits",
        key(),
        link("customer_id", "customers", index=True),
        day("told_on"),
        day("held_on"),
        words("scope"),
        words("findings", empty=True),
        words("by_name"),
        moment("recorded_at", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("tickets", "due_left")
    for table in ("customer_audits", "price_notices", "contract_payments", "licence_counts", "contract_notices"):
        op.drop_table(table)
    for table in ("contract_changes", "contract_suspensions"):
        op.drop_table(table)
    op.drop_index("uq_contracts_number", "contracts")
    op.drop_index("ix_contracts_ending", "contracts")
    for column in ("seen_off_at", "overview_at", "all_due", "ended_at", "ending_decided_at", "ending_words", "ending"):
        op.drop_column("contracts", column)
    op.drop_column("contracts", "ending_words_en")
    for column in ("formed_at", "start_notice_id", "support_until", "licence_until", "started_on", "applied_on"):
        op.drop_column("contracts", column)
    for column in ("clients", "application_id", "number"):
        op.drop_column("contracts", column)
    op.drop_table("contract_applications")
