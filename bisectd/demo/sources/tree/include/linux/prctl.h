/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_LINUX_PRCTL_H
#define MINI_LINUX_PRCTL_H

#include <uapi/linux/prctl.h>

#endif
