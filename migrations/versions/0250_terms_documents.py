"""A version of the terms may have a PDF of its own; who accepted is asked for by person."""

import sqlalchemy as sa
from alembic import op

revision = "0250"
down_revision = "0249"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("terms_versions", sa.Column("pdf_sha256", sa.Text(), sa.ForeignKey("stored_files.sha256")))
    op.create_index("ix_terms_acceptances_contact_id", "terms_acceptances", ["contact_id", "version_id"])


def downgrade() -> None:
    op.drop_index("ix_terms_acceptances_contact_id", "terms_acceptances")
    op.drop_column("terms_versions", "pdf_sha256")
