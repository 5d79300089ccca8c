// SwiftPM rebuilds the Swift importers of ablate.h only if some C file of the target includes it.
#include "ablate.h"
