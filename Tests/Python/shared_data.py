"""Where models and data that live beside the repository are."""

import os
from pathlib import Path

from built_library import REPOSITORY

SHARED = Path(os.environ.get("ABLATE_SHARED", REPOSITORY.parent / "shared")).resolve()
