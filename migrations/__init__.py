# SPDX-License-Identifier: GPL-2.0-or-later
"""The history of the database's schema. bisectd brings a database up to date itself when it opens one.

After a change to bisectd/store/tables/, write the next revision with

    .venv/bin/alembic revision --autogenerate --rev-id 0002 -m "what it does"

look it over, and set HEAD in bisectd/store/schema.py to it. There are no downgrades: an older bisectd refuses
a newer database, and everything stored can be computed again.
"""
