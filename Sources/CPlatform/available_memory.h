#pragma once
#include <stddef.h>

/** Bytes that can be used without pushing other memory out, as the kernel estimates it for the machine, and no more
    than a container may have; SIZE_MAX if neither is known. */
size_t available_memory(void);
