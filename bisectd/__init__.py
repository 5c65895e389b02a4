# SPDX-License-Identifier: GPL-2.0-or-later
"""bisectd: which commit changed how the PowerPC kernel gives up the FPU, and which kernels have it."""
