/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_EXPORT_H
#define MINI_LINUX_EXPORT_H

/* Modules do not exist here; the macros say what they may use. */
#define EXPORT_SYMBOL(name)	extern __typeof__(name) name
#define EXPORT_SYMBOL_GPL(name)	EXPORT_SYMBOL(name)

#endif
