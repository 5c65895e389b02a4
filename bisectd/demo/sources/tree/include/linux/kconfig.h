/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_KCONFIG_H
#define MINI_LINUX_KCONFIG_H

#include <generated/autoconf.h>

/*
 * IS_ENABLED(CONFIG_X) in expressions: a symbol set to 1 pastes into a word
 * that brings its own comma and so moves the 1 into the picked place.
 */
#define MINI_IF_SET_1			~, 1
#define MINI_PICK(first, second, ...)	second
#define MINI_PICK_LATER(...)		MINI_PICK(__VA_ARGS__)
#define MINI_PASTE(value)		MINI_PICK_LATER(MINI_IF_SET_##value, 0, 0)
#define MINI_EXPAND(value)		MINI_PASTE(value)

#define IS_BUILTIN(option)	MINI_EXPAND(option)
#define IS_MODULE(option)	MINI_EXPAND(option##_MODULE)
#define IS_ENABLED(option)	(IS_BUILTIN(option) || IS_MODULE(option))

#endif
