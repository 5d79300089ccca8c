#include "cplatform.h"

#include <string.h>

static _Thread_local char text[1024];

const char *cplatform_last_error(void) { return text; }

void cplatform_set_last_error(const char *bytes, size_t count) {
  if (count > sizeof text - 1) {
    count = sizeof text - 1;
    while (count > 0 && ((unsigned char)bytes[count] & 0xC0) == 0x80)
      count--;
  }
  memcpy(text, bytes, count);
  text[count] = 0;
}
