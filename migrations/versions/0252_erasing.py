"""What erasing and expiring need at size: files found by who names them, what is to leave the disk, why a value went."""

import sqlalchemy as sa
from alembic import op

revision = "0252"
down_revision = "0251"
branch_labels = None
depends_on = None

NAMED = (("messages", "raw_sha256"), ("incoming_mails", "raw_sha256"), ("attachments", "sha256"))


def upgrade() -> None:
    op.create_table(
        "dropped_files",
        sa.Column("sha256", sa.Text(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    for table, column in NAMED:
        where = f"{column} IS NOT NULL" if column == "raw_sha256" else None
        op.create_index(f"ix_{table}_file", table, [column], postgresql_using="hash", postgresql_where=where)
    for table in ("notices", "sendings"):
        op.create_index(
            f"ix_{table}_files", table, ["files"], postgresql_using="gin", postgresql_where="files <> '[]'::jsonb"
        )
    op.add_column("audit_values", sa.Column("erased_for", sa.Text()))
    op.create_index("ix_audit_values_kept", "audit_values", ["event_id"], postgresql_where="erased_at IS NULL")
    op.add_column("erasures", sa.Column("address_digest", sa.Text(), nullable=False, server_default=""))
    op.alter_column("erasures", "address_digest", server_default=None)
    op.execute(
        """
        CREATE OR REPLACE FUNCTION audit_values_are_only_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND NEW.event_id = OLD.event_id AND NEW.field = OLD.field AND NEW.value IS NULL
               AND NEW.salt IS NULL AND NEW.erased_at IS NOT NULL AND NEW.erased_for IS NOT NULL THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'values of the record are never changed, only emptied';
        END $$
        """
    )


def downgrade() -> None:
    raise RuntimeError("Why values went is not forgotten; restore a backup instead.")
