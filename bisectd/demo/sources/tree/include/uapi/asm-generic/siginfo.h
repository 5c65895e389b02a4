/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MINI_ASM_GENERIC_SIGINFO_H
#define MINI_ASM_GENERIC_SIGINFO_H

/* si_code values of SIGFPE */
#define FPE_INTDIV	1
#define FPE_FLTDIV	3
#define FPE_FLTOVF	4
#define FPE_FLTUND	5
#define FPE_FLTRES	6
#define FPE_FLTINV	7

#endif
