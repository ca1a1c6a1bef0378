/* SPDX-License-Identifier: Apache-2.0 */
/* Copyright the orlop authors */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "state/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read can be written, and is read again: nothing else may happen. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_record record = { .version = 0 };
	auto_record again = { .version = 0 };
	auto_text text = TEXT_INIT((size_t)32 << 20);

	if (record_read((const char *)data, size, &record, NULL) < 0)
		return 0;
	record_write(&record, &text);
	if (record_read(text_string(&text), text.size, &again, NULL) < 0)
		abort();
	return 0;
}
