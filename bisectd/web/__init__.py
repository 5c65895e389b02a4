# SPDX-License-Identifier: GPL-2.0-or-later
"""The web server: a REST API under /api/v1, and pages for people."""
