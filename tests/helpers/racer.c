/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */
/*
 * racer SECONDS A B: exchange two names as fast as it goes, so that A is a directory one moment and a link
 * the next. Prints how often. Ends by itself, and leaves the names as they were.
 */
#define _GNU_SOURCE

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

int main(int argc, char **argv)
{
	unsigned long count = 0;
	time_t end;

	if (argc != 4) {
		fprintf(stderr, "usage: racer SECONDS A B\n");
		return 2;
	}
	end = now() + strtol(argv[1], NULL, 10);
	while (count % 2 || count % 64 || now() < end) {
		if (renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3], RENAME_EXCHANGE)) {
			perror("exchange");
			return 1;
		}
		count++;
	}
	printf("%lu\n", count);
	return 0;
}
