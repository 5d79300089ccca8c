"""Arrays from files: what NumPy and Python's own modules wrote, and what is damaged."""

import csv
import gzip
import os

import numpy as np
import pytest
from idx_files import idx_bytes

from libablate.files import CSVTable, read_array, read_idx


@pytest.mark.parametrize("kind", ["u1", "i1", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files(tmp_path, kind, zipped):
    array = np.arange(-6, 18).astype(kind).reshape(2, 3, 4)
    data = idx_bytes(array)
    path = tmp_path / "array"
    path.write_bytes(gzip.compress(data) if zipped else data)
    for read in (read_idx, read_array):
        found = read(path)
        assert found.shape == (2, 3, 4) and found.dtype.newbyteorder("=") == array.dtype
        np.testing.assert_array_equal(found, array)


def test_numpy_files(tmp_path):
    array = np.random.default_rng(0).normal(size=(3, 4))
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "one.npz", array)
    np.savez_compressed(tmp_path / "two.npz", X=array, y=np.arange(3))
    assert isinstance(read_array(tmp_path / "a.npy"), np.memmap)
    for found in (
        read_array(tmp_path / "a.npy"),
        read_array(tmp_path / "one.npz"),
        read_array(tmp_path / "two.npz", "X"),
    ):
        np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize("header", [None, ["a", "b, c", "kind"]])
def test_csv_files(tmp_path, header):
    rows = [[1.5, -2e-3, "7"], [float("inf"), 0, "8"]]
    path = tmp_path / "rows.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([header, *rows] if header else rows)
    table = CSVTable(path)
    assert table.names == header and table.width == 3
    np.testing.assert_array_equal(read_array(path), [[1.5, -2e-3, 7], [np.inf, 0, 8]])
    for key in ["-1", "2", *(header or [])[2:]]:
        column = table.column(key)
        np.testing.assert_array_equal(table.numbers(leave_out=column), [[1.5, -2e-3], [np.inf, 0]])
        assert table.labels(column).tolist() == [7, 8]
    with pytest.raises(ValueError, match="no column"):
        table.column("3")
    with pytest.raises(ValueError, match="no column 'colour'"):
        table.column("colour")


def test_labels_of_csv_files_may_be_words(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('width,"what, exactly"\n1,"a cat"\n2,dog\n')
    table = CSVTable(path)
    assert table.labels(1).tolist() == ["a cat", "dog"]
    with pytest.raises(ValueError, match=r"line 2, column 1 \(what, exactly\): 'a cat' is no number"):
        read_array(path)


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [
        ("0,1\n5,6\n", ["0", "1"], 1),
        ("0,1,label\n5,6,cat\n5,6,dog\n", ["0", "1", "label"], 2),
        (",0,1\n0,5,6\n", ["", "0", "1"], 1),
        ("0,1,cat\n5,6,dog\n5,6,cat\n", None, 3),
        ("0,2\n5,6\n", None, 2),
        ("1,2\n5,6\n", None, 2),
        ("0.0,1.0\n5,6\n", None, 2),
        ("0\n1\n", None, 2),
    ],
)
def test_names_that_count_the_columns(tmp_path, text, names, rows):
    path = tmp_path / "rows.csv"
    path.write_text(text)
    table = CSVTable(path)
    assert table.names == names and len(table.labels(0)) == rows
    assert table.is_numbered == (names is not None or text.startswith("0\n"))
    if names == ["0", "1"]:
        with pytest.warns(UserWarning, match="the first line, 0, 1, is taken for the names of the columns"):
            assert read_array(path).tolist() == [[5, 6]]


WHOLE = idx_bytes(np.arange(12, dtype="u1").reshape(3, 4))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("short", WHOLE[:-1], r"shape is \(3, 4\): 24 bytes, and it is 23"),
        ("long", WHOLE + b"\0", "it is 25 bytes long"),
        ("header", WHOLE[:7], "without a header of 2 axes"),
        ("no axes", b"\0\0\x08\0", "without a header of 0 axes"),
        ("axes", b"\0\0\x08\xff" + b"\xff" * 1020, "without a header of 255 axes"),
        ("huge", b"\0\0\x08\x04" + b"\xff" * 16, "says that its shape is"),
        ("gzip", gzip.compress(WHOLE, mtime=0)[:-9], "gzipped and damaged"),
        ("zip of text", gzip.compress(b"1,2\n", mtime=0), "no IDX file"),
        ("npy", b"\x93NUMPY\x01\x00\x76\x00{'descr'", "no NPY file that can be read"),
        ("npz", b"PK\x03\x04 and no more", "no NPZ file that can be read"),
        ("binary", b"\xff\xfe\x00\x01\x02", "none of NPY, NPZ, IDX and CSV"),
        ("empty", b"", "is empty"),
        ("lines", b"\n\n", "is empty"),
        ("ragged", b"1,2\n3,4,5\n6,7\n", "line 2 has 3 cells, and not 2"),
        ("short line", b"1,2\n3\n", "line 2 has 1 cells, and not 2"),
        ("text", b"a,b\n1,2\n3,x\n", r"line 3, column 1 \(b\): 'x' is no number"),
        ("empty cell", b"1,2\n3,\n", "line 2, column 1: the cell is empty$"),
        ("semicolons", b"a;b\n1;2\n", r"line 2, column 0 \(a;b\): '1;2' is no .*commas, and here are semicolons$"),
        ("decimal commas", b"1,5;2,5\n3,5;4,5\n", "line 1, column 1: '5;2' is no number; .*, and here are semicolons$"),
        ("more of them", b"a,b;c,d\n1;2\n", "line 2 has 1 cells, and not 3; .*, and here are semicolons$"),
        ("tabs", b"a\tb\n1\t2\n", r"line 2, column 0 .*: '1\\t2' is no number; .*, and here are tabs$"),
    ],
)  # fmt: skip
def test_damaged_files_are_told_of(tmp_path, name, data, said):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ValueError, match=said) as caught:
        read_array(path)
    assert str(path) in str(caught.value)


def test_labels_that_are_not_there(tmp_path):
    """A label may hold any sign, also those that separate values elsewhere."""
    path = tmp_path / "rows.csv"
    for text, said in (
        ("x,kind\n1,a\n2,\n", r"line 3, column 1 \(kind\): the cell is empty$"),
        ("1,a\n\n2, \n", "line 3, column 1: the cell is empty$"),
        ('1,1\n2,""\n', "line 2, column 1: the cell is empty$"),
        ("x;kind\n1;a\n", "has no column 1: there are 1; values are .* semicolons$"),
    ):
        path.write_text(text)
        table = CSVTable(path)
        with pytest.raises(ValueError, match=said):
            table.labels(table.column("1"))
    path.write_text("x;kind\n1;a\n")
    with pytest.raises(ValueError, match="no column 'kind'; there are 1: x;kind; values are .* semicolons$"):
        CSVTable(path).column("kind")
    with pytest.raises(ValueError, match="no column but that of labels; values are .* semicolons$"):
        CSVTable(path).numbers(leave_out=0)
    path.write_text("1,a;b\n2,b;c\n")
    assert CSVTable(path).labels(1).tolist() == ["a;b", "b;c"]


@pytest.mark.parametrize(("text", "line"), [("\na\nb\n\n", None), ("a\n\n\nb\n\nc", 2), ('"a\nb"\n\nc', 3)])
def test_lines_without_anything_between_rows(tmp_path, text, line):
    path = tmp_path / "labels.csv"
    path.write_text(text)
    assert CSVTable(path).blank_line() == line


def test_pipes_are_refused(tmp_path):
    """As shells make them of <(command): format, names and numbers each take a look of their own."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(ValueError, match="pipe is a pipe, which can be read only once: rows and labels take a file"):
        read_array(path)


def test_truncated_and_pickled_numpy_files(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((100, 10)))
    (tmp_path / "short.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-50])
    np.save(tmp_path / "objects.npy", np.array([{}, None], object))
    np.savez(tmp_path / "objects.npz", X=np.array([{}, None], object))
    np.savez(tmp_path / "two.npz", X=np.zeros(3), y=np.zeros(3))
    for name in ("short.npy", "objects.npy", "objects.npz", "two.npz"):
        with pytest.raises(ValueError, match=name):
            read_array(tmp_path / name)
    with pytest.raises(ValueError, match="no array called 'z'; there are X, y"):
        read_array(tmp_path / "two.npz", "z")
    with pytest.raises(ValueError, match="no NPZ file"):
        read_array(tmp_path / "a.npy", "X")
    with pytest.raises(FileNotFoundError):
        read_array(tmp_path / "nowhere.npy")
