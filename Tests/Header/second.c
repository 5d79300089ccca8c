// A second file with the header, and with it twice: nothing in it may be defined twice in one file or one program.
#include <ablate.h>

int second(void);

#include <ablate.h>

int second(void) { return ABLATE_OK; }
