"""What tells of a person stands beside the record's rows, and seals over them show what was changed.

Rows there are have their values moved: each is replaced by the hash of what stands beside it from now on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0247"
down_revision = "0246"
branch_labels = None
depends_on = None

PLAIN = (
    "action active again already_there arrived channel charset clause close closes digest fields form from_on "
    "ground intent kind language last_day on opens priority public purpose queue reference region role secrecy_on "
    "section sections sha256 signing source start state through until verdict"
)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "audit_values",
        sa.Column("event_id", sa.Integer(), sa.ForeignKey("audit_events.id"), primary_key=True),
        sa.Column("field", sa.Text(), primary_key=True),
        sa.Column("salt", sa.Text()),
        sa.Column("value", sa.Text()),
        sa.Column("erased_at", moment),
    )
    op.create_table(
        "audit_seals",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False, unique=True),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
    )
    op.create_index("ix_audit_events_actor", "audit_events", ["actor_kind", "actor_id", "id"])
    _move_values()
    _guard()


def _move_values() -> None:
    op.execute(
        """
        INSERT INTO audit_values (event_id, field, salt, value)
        SELECT id, 'actor_name', gen_random_uuid()::text, to_jsonb(actor_name)::text
        FROM audit_events WHERE actor_kind <> 'system'
        UNION ALL
        SELECT id, 'actor_address', gen_random_uuid()::text, to_jsonb(actor_address)::text
        FROM audit_events WHERE actor_address <> ''
        """
    )
    op.execute(
        f"""
        INSERT INTO audit_values (event_id, field, salt, value)
        SELECT id, 'details.' || key, gen_random_uuid()::text, value::text
        FROM audit_events, jsonb_each(details)
        WHERE jsonb_typeof(value) IN ('string', 'array', 'object')
          AND value NOT IN ('""'::jsonb, '[]'::jsonb, '{{}}'::jsonb)
          AND key <> ALL (string_to_array('{PLAIN}', ' '))
        """  # noqa: S608 - constants
    )
    op.execute("ALTER TABLE audit_events DISABLE TRIGGER append_only")
    hashed = "'#sha256:' || encode(sha256(convert_to(v.salt || v.value, 'UTF8')), 'hex')"
    for column in ("actor_name", "actor_address"):
        op.execute(
            f"UPDATE audit_events e SET {column} = {hashed} FROM audit_values v "  # noqa: S608 - constants
            f"WHERE v.event_id = e.id AND v.field = '{column}'"
        )
    op.execute(
        f"""
        UPDATE audit_events e SET details = e.details || v.hashes
        FROM (
            SELECT v.event_id, jsonb_object_agg(substr(v.field, 9), {hashed}) AS hashes
            FROM audit_values v WHERE v.field LIKE 'details.%' GROUP BY v.event_id
        ) v
        WHERE v.event_id = e.id
        """  # noqa: S608 - constants
    )
    op.execute("ALTER TABLE audit_events ENABLE TRIGGER append_only")


def _guard() -> None:
    """Values are only ever added or emptied, seals only added."""
    op.execute(
        """
        CREATE FUNCTION audit_values_are_only_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND NEW.event_id = OLD.event_id AND NEW.field = OLD.field
               AND NEW.value IS NULL AND NEW.salt IS NULL AND NEW.erased_at IS NOT NULL THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION 'values of the record are never changed, only emptied';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER only_emptied BEFORE UPDATE OR DELETE ON audit_values "
        "FOR EACH ROW EXECUTE FUNCTION audit_values_are_only_emptied()"
    )
    op.execute(
        "CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit_values "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_events_are_append_only()"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_events_are_append_only()"
    )


def downgrade() -> None:
    raise RuntimeError("What stands beside the record is not put back; restore a backup instead.")
