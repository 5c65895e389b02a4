# SPDX-License-Identifier: GPL-2.0-or-later
"""Repositories that are registered no more, branches that are followed no more."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Repositories that are registered no more, branches that are followed no more."""
    op.add_column("repositories", sa.Column("removed", sa.Double(), nullable=True))
    op.add_column("branches", sa.Column("unfollowed", sa.Double(), nullable=True))
