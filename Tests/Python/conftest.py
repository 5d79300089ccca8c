"""Where the tests find the library and the shared data."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("ABLATE_SHARED", REPOSITORY.parent / "shared")).resolve()


def pytest_report_header():
    import host

    return f"library: {host.PATH} (version {host.library.ablate_version()}, {host.library.ablate_isa().decode()})"


@pytest.fixture(scope="session")
def shared():
    """The directory of models and data that live beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there (set ABLATE_SHARED to the directory with models/ and data/)")
    return SHARED


@pytest.fixture(scope="session")
def repository():
    return REPOSITORY
