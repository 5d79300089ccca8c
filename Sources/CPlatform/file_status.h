/* What an open file is. */
#pragma once
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc has fstat as a symbol only since 2.33; the kernel's struct stat is glibc's on 64-bit processors. */
static inline int file_status(int file, struct stat *status) { return (int)syscall(SYS_fstat, file, status); }
