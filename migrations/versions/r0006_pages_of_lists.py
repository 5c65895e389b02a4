# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages of lists."""

from alembic import op

revision = "0006"
down_revision = "0005"

_INDICES = (
    ("observations", ("verdict", "id")),
    ("observations", ("probe", "verdict", "id")),
    ("observations", ("target", "verdict", "id")),
    ("observations", ("probe", "target", "verdict", "id")),
    ("jobs", ("user", "state", "id")),
    ("jobs", ("kind", "state", "id")),
    ("job_steps", ("job_id", "id")),
)


def upgrade() -> None:
    """Pages of lists."""
    for table, columns in _INDICES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))
