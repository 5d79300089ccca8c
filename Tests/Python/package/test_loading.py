"""Finding the library, and refusing one that the declarations are not of."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import libablate
from libablate import _declarations, _library

SOURCES = Path(libablate.__file__).parents[1]


def import_with(library):
    command = [sys.executable, "-c", "import libablate; print(libablate.__version__)"]
    environment = {"PYTHONPATH": str(SOURCES)} | ({} if library is None else {"ABLATE_LIBRARY": str(library)})
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)


def test_a_library_of_another_version_is_named_with_both(tmp_path):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = tmp_path / "libother.so"
    source = "unsigned ablate_version(void) { return 3004005; }"
    subprocess.run([compiler, "-shared", "-fPIC", "-xc", "-", "-o", library], input=source, text=True, check=True)
    done = import_with(library)
    assert f"{library} is libablate 3.4.5; this package is made for {libablate.__version__}" in done.stderr


def test_a_library_that_lacks_a_function_is_refused(tmp_path):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = tmp_path / "libolder.so"
    source = f"unsigned ablate_version(void) {{ return {_declarations.VERSION}; }}"
    subprocess.run([compiler, "-shared", "-fPIC", "-xc", "-", "-o", library], input=source, text=True, check=True)
    said = import_with(library).stderr
    assert f"{library} is another libablate" in said and "undefined symbol: ablate_" in said


def test_what_is_no_library(tmp_path):
    text = tmp_path / "libtext.so"
    text.write_text("text")
    assert f"{text} is no libablate" in import_with(text).stderr
    missing = tmp_path / "missing.so"
    assert f"ABLATE_LIBRARY names {missing}" in import_with(missing).stderr


@pytest.mark.skipif((SOURCES / "libablate" / "lib").exists(), reason="this package has a library inside")
def test_without_a_library_the_error_says_what_to_do():
    assert "Install libablate with pip, or set ABLATE_LIBRARY" in import_with(None).stderr


def test_a_struct_of_another_size_is_refused(monkeypatch):
    monkeypatch.setitem(_declarations.STRUCT_SIZES, "ablate_dense", 72)
    with pytest.raises(ImportError, match="ablate_dense is 64 bytes long here, and 72"):
        _library.load()


@pytest.mark.parametrize(
    ("found", "needed", "fits"),
    [
        (1_000, 1_000, True),
        (1_004, 1_000, True),
        (1_000, 1_004, False),
        (2_000, 1_000, False),
        (1_001_000, 1_000, False),
        (1_002_000, 1_001_003, True),
        (1_000_000, 1_001_000, False),
        (2_000_000, 1_001_000, False),
    ],
)
def test_which_versions_fit(found, needed, fits):
    assert _library.is_compatible(found, needed) == fits


def test_versions_as_people_write_them():
    assert _library.written(12_003_045) == "12.3.45"


LAZY = """
import sys
import libablate
assert "libablate.distributed" not in sys.modules
print(libablate.distributed.sweep.__module__)
assert not {"dask", "distributed"}.intersection(sys.modules)
try:
    libablate.nothing
except AttributeError as error:
    print(error)
"""


def test_sweeps_on_clusters_are_imported_when_they_are_asked_for():
    environment = {"PYTHONPATH": str(SOURCES), "ABLATE_LIBRARY": str(_library.library._name)}
    done = subprocess.run([sys.executable, "-c", LAZY], capture_output=True, text=True, timeout=60, env=environment)
    assert done.stderr == ""
    assert done.stdout == "libablate.distributed.sweeps\nmodule 'libablate' has no attribute 'nothing'\n"
