#define _GNU_SOURCE
#include "available_memory.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

size_t available_memory(void) {
  char text[2048];
  int file = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return SIZE_MAX;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  if (count <= 0)
    return SIZE_MAX;
  text[count] = 0;
  const char *line = strstr(text, "MemAvailable:");
  if (!line)
    return SIZE_MAX;
  // Not strtoull: with newer headers that is a symbol only newer C libraries have.
  size_t kilobytes = 0;
  for (line += strcspn(line, "0123456789"); *line >= '0' && *line <= '9'; line++)
    kilobytes = kilobytes * 10 + (size_t)(*line - '0');
  return kilobytes * 1024;
}
