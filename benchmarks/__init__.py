# SPDX-License-Identifier: GPL-2.0-or-later
"""What is fast, measured side by side with what others would use. docs/benchmarks.md has the results."""
