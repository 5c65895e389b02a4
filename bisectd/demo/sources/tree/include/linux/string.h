/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_STRING_H
#define MINI_LINUX_STRING_H

#include <linux/types.h>

void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *at, int byte, size_t bytes);

#endif
