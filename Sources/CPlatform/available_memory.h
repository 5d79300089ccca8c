#pragma once
#include <stddef.h>

/** Bytes that can be used without pushing other memory out, as the kernel estimates it; SIZE_MAX if it does not say. */
size_t available_memory(void);
