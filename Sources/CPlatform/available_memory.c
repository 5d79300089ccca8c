#define _GNU_SOURCE
#include "available_memory.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/** Reads a short file as a string; 0 if there is none. */
static int read_file(const char *path, char *text, size_t size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return 0;
  ssize_t count = read(file, text, size - 1);
  close(file);
  if (count <= 0)
    return 0;
  text[count] = 0;
  return 1;
}

/** The first number in a text, or SIZE_MAX. Not strtoull: with newer headers that is a symbol only newer C libraries
 * have. */
static size_t first_number(const char *text) {
  text += strcspn(text, "0123456789");
  if (!*text)
    return SIZE_MAX;
  size_t number = 0;
  for (; *text >= '0' && *text <= '9'; text++) {
    size_t digit = (size_t)(*text - '0');
    if (number > (SIZE_MAX - digit) / 10)
      return SIZE_MAX;
    number = number * 10 + digit;
  }
  return number;
}

static size_t left_on_the_machine(void) {
  char text[2048];
  const char *line = read_file("/proc/meminfo", text, sizeof text) ? strstr(text, "MemAvailable:") : NULL;
  size_t kilobytes = line ? first_number(line) : SIZE_MAX;
  return kilobytes > SIZE_MAX / 1024 ? SIZE_MAX : kilobytes * 1024;
}

/** The limit of the control group at the root of this process's view: that of its container. What it has left is not
 * known, as caches that would make room count as used. */
static size_t container_limit(void) {
  char limit[64];
  return read_file("/sys/fs/cgroup/memory.max", limit, sizeof limit) ? first_number(limit) : SIZE_MAX;
}

size_t available_memory(void) {
  size_t machine = left_on_the_machine(), container = container_limit();
  return machine < container ? machine : container;
}
