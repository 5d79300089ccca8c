// Embedded Swift 6.3 calls this when an initialiser throws, after destroying what it had stored, but its own version
// never frees the instance. The library has no subclasses, so the instance is all there is to free. Ordinary builds use
// the runtime's function.
#ifdef ABLATE_EMBEDDED
#include <stddef.h>
#include <stdlib.h>

void swift_deallocPartialClassInstance(void *object, const void *metadata, size_t size, size_t alignMask);

void swift_deallocPartialClassInstance(void *object, const void *metadata, size_t size, size_t alignMask) {
  (void)metadata;
  (void)size;
  (void)alignMask;
  free(object);
}
#else
typedef int ablate_ordinary_swift; // a translation unit must not be empty
#endif
