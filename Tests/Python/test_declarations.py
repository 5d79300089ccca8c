"""The ctypes declarations of the package are those of the header."""

import ctypes
import re

import pytest

import libablate._declarations as c
from host import library


@pytest.fixture(scope="module")
def header(repository):
    text = (repository / "Include" / "ablate.h").read_text()
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)


SIMPLE = {
    "int": ctypes.c_int,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "size_t": ctypes.c_size_t,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
    "ablate_progress": c.Progress,
    **c.STRUCTS,
}
POINTED = {
    "char": ctypes.c_char_p,
    "void": ctypes.c_void_p,
    "float": ctypes.POINTER(ctypes.c_float),
    "size_t": ctypes.POINTER(ctypes.c_size_t),
    "uint8_t": ctypes.POINTER(ctypes.c_uint8),
    "int": ctypes.POINTER(ctypes.c_int),
    "int32_t": ctypes.POINTER(ctypes.c_int32),
    "int64_t": ctypes.POINTER(ctypes.c_int64),
    "double": ctypes.POINTER(ctypes.c_double),
    **{name: ctypes.POINTER(struct) for name, struct in c.STRUCTS.items()},
}


def ctype(declaration, enums, handles):
    """The ctypes type of a C type such as `const float *`."""
    words = declaration.replace("const", " ").replace("*", " * ").split()
    name, stars = words[0], words.count("*")
    if name == "void" and stars == 0:
        return None
    if stars == 0:
        return ctypes.c_int if name in enums else SIMPLE[name]
    if name in handles:
        return ctypes.c_void_p if stars == 1 else ctypes.POINTER(ctypes.c_void_p)
    return POINTED[name] if stars == 1 else ctypes.POINTER(POINTED[name])


def test_every_function_is_declared_with_the_header_s_types(header):
    enums = set(re.findall(r"\}\s*(ablate_\w+)\s*;", header)) - set(c.STRUCTS)
    handles = set(re.findall(r"typedef struct (ablate_\w+) \1;", header))
    found = re.findall(r"ABLATE_API\s+([\w\s]+?[\s*]+)(ablate_\w+)\(([^;]*?)\);", header)
    assert len(found) == len(re.findall(r"^ABLATE_API ", header, flags=re.M))
    declared = {}
    for result, name, arguments in found:
        texts = [] if arguments.strip() == "void" else arguments.split(",")
        types = [ctype(re.sub(r"\w+\s*$", "", text.strip()), enums, handles) for text in texts]
        declared[name] = (ctype(result, enums, handles), types)
    assert declared == c.FUNCTIONS


def test_every_struct_has_the_size_that_compilers_find(repository):
    text = (repository / "Tests" / "Header" / "numbers.c").read_text()
    pinned = {name: int(size) for name, size in re.findall(r"sizeof\((ablate_\w+)\) == (\d+)", text)}
    found = {name: ctypes.sizeof(struct) for name, struct in c.STRUCTS.items()}
    assert found == c.STRUCT_SIZES == {name: pinned[name] for name in c.STRUCTS}


@pytest.mark.parametrize("name", c.STRUCTS)
def test_every_struct_has_the_header_s_fields(header, name):
    body = re.search(rf"typedef struct {name} \{{([^}}]*)\}}", header).group(1)
    fields = [re.search(r"(\w+)\s*$", field).group(1) for field in body.split(";") if field.strip()]
    assert [field for field, _ in c.STRUCTS[name]._fields_] == fields


def test_every_enumerator_has_the_header_s_value(header):
    pairs = dict(re.findall(r"\b(ABLATE_\w+)\s*=\s*(\d+)", header))
    ours = {f"ABLATE_{name}": getattr(c, name) for name in "OK IO MALFORMED UNSUPPORTED CANCELLED BUSY".split()}
    ours |= {"ABLATE_INVALID_ARGUMENT": c.INVALID_ARGUMENT, "ABLATE_OUT_OF_MEMORY": c.OUT_OF_MEMORY}
    tables = {"ACTIVATION": c.ACTIVATIONS, "HEAD": c.HEADS, "LAYOUT": c.LAYOUTS, "REPLACEMENT": c.REPLACEMENTS}
    tables |= {"OUTPUT": c.OUTPUTS, "POINT": c.POINTS, "METRIC": c.METRICS, "SWEEP": c.SWEEP_KINDS}
    tables |= {"POOLING": c.POOLINGS, "CAM": c.CAM_ORDERS}
    tables |= {"SHAPLEY": c.SHAPLEY_MEASURES}
    tables |= {"ADJUSTMENT": c.ADJUSTMENTS, "VERDICT": c.VERDICTS, "CHOICE": c.CHOICES}
    tables |= {"WEIGHT_NORM": c.WEIGHT_NORMS, "DIRECTION": c.DIRECTIONS, "CORRELATION": c.CORRELATIONS}
    tables |= {"PROFILE": c.PROFILES, "POSITIONS": c.POSITIONS, "QUANTISER": c.QUANTISERS, "MEASURE": c.MEASURES}
    tables["COMPENSATION"] = c.COMPENSATIONS
    for prefix, table in tables.items():
        ours |= {f"ABLATE_{prefix}_{name.upper()}": value for name, value in table.items()}
    assert ours == {name: int(value) for name, value in pairs.items()}


def test_the_library_is_of_this_header(header):
    parts = [int(re.search(rf"ABLATE_VERSION_{part} (\d+)", header).group(1)) for part in ("MAJOR", "MINOR", "PATCH")]
    assert c.VERSION == library.ablate_version() == parts[0] * 1_000_000 + parts[1] * 1_000 + parts[2]


def test_status_names():
    for status in range(8):
        assert library.ablate_status_name(status).startswith(b"ABLATE_")
    assert library.ablate_status_name(99) == b"unknown status"
