/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * A program that does nothing, to time what comes before main(): built with the C library alone,
 * and with the libraries that orlop is linked with.
 */

int main(void)
{
	return 0;
}
