/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities for people: three digits or so, and a unit that suits. For
 * results/report/ only.
 */
#ifndef DRIVE_RESULTS_REPORT_QUANTITY_H
#define DRIVE_RESULTS_REPORT_QUANTITY_H

#include <stddef.h>

/* Of struct metric's unit: "s" as "12.3 us", "byte" as "1.50 KiB", "" as "0.25"
 * or "4096", any other as "1.5 flop"; "-" where it is no number. Returns out.
 */
char *quantity_format(double value, const char *unit, char *out, size_t size);

/* Digits behind the point that make three of them. */
int quantity_digits(double value);

#endif
