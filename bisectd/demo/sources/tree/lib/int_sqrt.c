/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Integer square root, one bit of the answer at a time. */

#include <linux/kernel.h>
#include <linux/export.h>

/**
 * int_sqrt - largest integer whose square is not above a number
 * @x: the number
 */
unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0;
	unsigned long place = 1UL << (8 * sizeof(x) - 2);

	while (place > x)
		place >>= 2;

	for (; place; place >>= 2) {
		unsigned long trial = root + place;

		root >>= 1;
		if (x >= trial) {
			x -= trial;
			root += place;
		}
	}
	return root;
}
EXPORT_SYMBOL(int_sqrt);
