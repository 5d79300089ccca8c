"""The library that is tested, and the package from this repository's sources around it.

Importing this is what makes `import libablate` find both, so it comes first.
"""

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def find_library():
    """ABLATE_LIBRARY, or else what CMake or SwiftPM built in this repository."""
    named = os.environ.get("ABLATE_LIBRARY")
    if named:
        return Path(named)
    candidates = [REPOSITORY / folder / "libablate.so" for folder in ("build/lib", ".build/release")]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise FileNotFoundError(
        "libablate.so is not built: run cmake -B build && cmake --build build, or set ABLATE_LIBRARY. Looked for "
        + ", ".join(map(str, candidates))
    )


PATH = find_library().resolve()
os.environ["ABLATE_LIBRARY"] = str(PATH)
SOURCES = str(REPOSITORY / "Sources" / "python")
sys.path.insert(0, SOURCES)
# For the programs that tests start.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [SOURCES, os.environ.get("PYTHONPATH")]))
# Of those whose stderr is compared: where they take long they would show how far they are.
QUIET_ENVIRONMENT = os.environ | {"TQDM_DISABLE": "1"}
