# SPDX-License-Identifier: GPL-2.0-or-later
"""Every instruction that the emulator knows, one line each."""
