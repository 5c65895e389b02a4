/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_ASM_GENERIC_ERRNO_H
#define MINI_ASM_GENERIC_ERRNO_H

#define ENOMEM	12
#define EFAULT	14
#define EINVAL	22

#endif
