/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_STRINGIFY_H
#define MINI_LINUX_STRINGIFY_H

#define MINI_QUOTE(...)		#__VA_ARGS__
#define __stringify(...)	MINI_QUOTE(__VA_ARGS__)

#endif
