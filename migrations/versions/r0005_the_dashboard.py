# SPDX-License-Identifier: GPL-2.0-or-later
"""What the dashboard keeps: sessions; places of steps; what is known of a commit, found by the commit."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Sessions, places of steps, an index of commits."""
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("token_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_sessions_token_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_token_id"), ["token_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_expires"), ["expires"], unique=False)
    op.add_column("job_steps", sa.Column("place", sa.Double(), nullable=True))
    op.create_index(op.f("ix_commit_units_commit_id"), "commit_units", ["commit_id"], unique=False)
    with op.batch_alter_table("points", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_points_repository_id_committed_name_release"),
            ["repository_id", "committed", "name", "release"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_points_repository_id_probe_target"),
            ["repository_id", "probe", "target"],
            unique=False,
        )
