/* Reading files, confined to a directory where a file names others, and replacing them. */
#pragma once
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Opens a regular file for reading. A descriptor, or an error number times -1: EISDIR for a directory, EINVAL for a
 * device or pipe.
 */
int cplatform_file_open(const char *path);

/**
 * Opens a regular file at or below a directory: `path` is relative, and none of its parts may be empty, ".." or a
 * symbolic link. A descriptor, or an error number times -1: EPERM for a path that is not allowed, ELOOP or ENOTDIR for
 * a symbolic link.
 */
int cplatform_file_open_beneath(const char *directory, const char *path);

/** The size of an open file in bytes, or an error number times -1. */
int64_t cplatform_file_size(int file);

/** Reads `count` bytes at `offset`. 0, or an error number: ENODATA where the file ends first. */
int cplatform_file_read(int file, void *bytes, size_t count, int64_t offset);

/** Closes an open file. */
void cplatform_file_close(int file);

/**
 * Writes a file in place of the one of that name, or that a link of that name leads to, through one beside it: whole,
 * or not at all. 0, or an error number: EISDIR for a directory, EINVAL for a device or pipe.
 */
int cplatform_file_replace(const char *path, const void *bytes, size_t count);

/** What the system calls an error number, cut to `size` bytes with the final zero. */
void cplatform_error_text(int code, char *text, size_t size);

/** Error numbers that callers tell apart. */
enum { CPLATFORM_EPERM = EPERM, CPLATFORM_ELOOP = ELOOP, CPLATFORM_ENOTDIR = ENOTDIR };
