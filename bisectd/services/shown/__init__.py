# SPDX-License-Identifier: GPL-2.0-or-later
"""What pages show, put together from stored facts and git objects. Nothing is compiled or run here."""
