/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_UAPI_LINUX_PRCTL_H
#define MINI_UAPI_LINUX_PRCTL_H

#define PR_GET_FPEXC	11
#define PR_SET_FPEXC	12

#define PR_FP_EXC_DISABLED	0	/* no interrupts for FP exceptions */
#define PR_FP_EXC_NONRECOV	1	/* FE0=0 FE1=1 */
#define PR_FP_EXC_ASYNC		2	/* FE0=1 FE1=0 */
#define PR_FP_EXC_PRECISE	3	/* FE0=1 FE1=1 */
#define PR_FP_EXC_SW_ENABLE	0x80	/* SPE: follow the FPEXC bits below */
#define PR_FP_EXC_DIV		0x010000
#define PR_FP_EXC_OVF		0x020000
#define PR_FP_EXC_UND		0x040000
#define PR_FP_EXC_RES		0x080000
#define PR_FP_EXC_INV		0x100000

#endif
