"""Where the tests find the library and the shared data."""

import signal

import pytest

from built_library import PATH, REPOSITORY
from shared_data import SHARED

# In a shell's background job it is ignored, and would be in the programs that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_report_header():
    import libablate

    return f"library: {PATH} (version {libablate.__version__}, {libablate.isa()})"


@pytest.fixture(scope="session")
def shared():
    """The directory of models and data that live beside the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there (set ABLATE_SHARED to the directory with models/ and data/)")
    return SHARED


@pytest.fixture(scope="session")
def repository():
    return REPOSITORY
