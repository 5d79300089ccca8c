"""Damaged and unsuitable files: exit code 1 and one line that names the file and what is wrong."""

import gzip

from array_files import idx_bytes, npy_bytes, write_npy
from integer_net import INPUTS, ROWS, make_case
from onnx_bytes import write_dense
from program import ProgramTest


class BrokenFiles(ProgramTest):
    def setUp(self):
        super().setUp()
        self.net, self.rows, self.labels = make_case()
        self.flat = [value for row in self.rows for value in row]
        self.model = write_dense(self.folder / "net.onnx", self.net.onnx_layers())
        self.data = write_npy(self.folder / "data.npy", "|u1", [ROWS, INPUTS], self.flat)
        self.truth = write_npy(self.folder / "labels.npy", "|u1", [ROWS], self.labels)
        self.path = self.folder / "broken"

    def assert_data_fails(self, text, content, *options):
        self.path.write_bytes(content)
        self.assert_fails(1, f"broken: {text}", self.model, self.path, self.truth, *options)

    def assert_labels_fail(self, text, content):
        self.path.write_bytes(content)
        self.assert_fails(1, f"broken: {text}", self.model, self.data, self.path)

    def npy(self, descr="|u1", **how):
        return npy_bytes(descr, [ROWS, INPUTS], self.flat, **how)

    def test_missing(self):
        self.assert_fails(1, "No such file", self.model, self.folder / "none", self.truth)
        self.assert_fails(1, "No such file", self.model, self.data, self.folder / "none")
        self.assert_fails(1, "none", self.folder / "none", self.data, self.truth)
        self.assert_fails(1, "Is a directory", self.model, self.folder, self.truth)

    def test_no_model(self):
        self.assert_fails(1, "data.npy", self.data, self.data, self.truth)

    def test_magic(self):
        self.assert_data_fails(
            "neither an IDX nor a NPY file: it starts with the bytes 50 4b 03 04", b"PK\3\4 and more"
        )
        self.assert_data_fails("not an IDX file: 0x00 is no type of IDX", b"\0\0\0\1" + b"\0" * 100)
        self.assert_data_fails("not a NPY file: its magic bytes are wrong", b"\x93NUMPX\1\0" + b" " * 100)
        self.assert_data_fails("NPY version 4; 1 to 3 are read", b"\x93NUMPY\4\0" + b" " * 100)

    def test_truncated_at_every_byte_of_the_header(self):
        for content in (idx_bytes("u1", [ROWS, 2, 2], self.flat), self.npy(), self.npy(version=2)):
            header = len(content) - len(self.flat)
            for length in (*range(17), header // 2, header - 1):
                if length < header:
                    with self.subTest(length=length, magic=content[:4]):
                        self.assert_data_fails("truncated: the file ends within the header", content[:length])

    def test_truncated_data(self):
        content = self.npy()
        for length in (len(content) - len(self.flat), len(content) - 1):
            self.assert_data_fails("truncated: the file ends within the data", content[:length])
        labels = npy_bytes("<i8", [ROWS], self.labels)
        self.assert_labels_fail("truncated: the file ends within the data", labels[:-1])
        packed = gzip.compress(content)
        for length in (20, len(packed) // 2, len(packed) - 1):
            self.assert_data_fails("truncated", packed[:length])

    def test_damaged_gzip(self):
        packed = bytearray(gzip.compress(self.npy()))
        packed[-5] ^= 1  # in the checksum
        self.assert_data_fails("damaged gzip file", bytes(packed))

    def test_more_than_announced(self):
        self.assert_data_fails("there are more bytes than the header announces", self.npy() + b"\0")
        self.assert_labels_fail(
            "there are more bytes than the header announces", npy_bytes("|u1", [ROWS], self.labels) + b"\0"
        )
        self.path.write_bytes(npy_bytes("|u1", [0, INPUTS], []) + b"\0")
        self.assert_fails(1, "more bytes than the header announces", self.model, self.path, self.truth)

    def test_types(self):
        self.assert_data_fails("the elements are <f8; data must be uint8 or float32", self.npy("<f8"))
        self.assert_data_fails("the elements are <i4; data must be", self.npy("<i4"))
        content = idx_bytes("f8", [ROWS, INPUTS], self.flat)
        self.assert_data_fails("the elements are float64; data must be", content)
        content = npy_bytes("<f4", [ROWS], self.labels)
        self.assert_labels_fail("the elements are <f4; labels must be uint8, int32 or int64", content)
        content = idx_bytes("i1", [ROWS], self.labels)
        self.assert_labels_fail("the elements are int8; labels must be", content)

    def test_npy_headers(self):
        end = "'fortran_order': False, 'shape': (64, 4), }"
        self.assert_data_fails("in Fortran order", self.npy(fortran=True))
        for text, header in (
            ("damaged NPY header", ""),
            ("damaged NPY header", "{"),
            ("damaged NPY header", "{'descr"),
            ("damaged NPY header", "{'descr' '|u1'}"),
            ("damaged NPY header: descr, fortran_order or shape is missing", "{'descr': '|u1'}"),
            ('damaged NPY header: unknown key "color"', "{'color': 1, " + end),
            ("damaged NPY header", "{'descr': |u1, " + end),
            ("damaged NPY header", "{'descr': '" + "u" * 99 + "', " + end),
            ("damaged NPY header", "{'descr': '|u1', 'fortran_order': Maybe, 'shape': (64, 4)}"),
            ("damaged NPY header", "{'descr': '|u1', 'fortran_order': False, 'shape': (-64, 4)}"),
            ("damaged NPY header", "{'descr': '|u1', 'fortran_order': False, 'shape': (64 4)}"),
            ("damaged NPY header", "{'descr': '|u1', 'fortran_order': False, 'shape': 64}"),
            ("damaged NPY header", "{'descr': '|u1', 'fortran_order': False, 'shape': (64, 4"),
            ("damaged NPY header", "{'descr': '\x1b[2J', " + end),
            ("structured elements are not read", "{'descr': [('a', '|u1')], " + end),
            ("the elements are |O", "{'descr': '|O', " + end),
            ("the elements are <u1x", "{'descr': '<u1x', " + end),
        ):
            with self.subTest(header):
                self.assert_data_fails(text, self.npy(header=header))
        long_header = self.npy(version=2, header="{'descr': '|u1', " + " " * 10000 + end)
        self.assert_data_fails("a NPY header of", long_header)

    def test_huge_shapes(self):
        for shape, text in (
            ("(99999999999999999999999, 4)", "the shape is too large"),
            ("(64, 4294967296, 4294967296)", "the shape is too large"),
            ("(64, 9223372036854775807)", "the shape is too large"),
            ("(1,1,1,1,1,1,1,1,1)", "more than 8 axes"),
            ("()", "a single number"),
            ("(64, 0)", "the shape [64, 0] has 0 values per row"),
        ):
            header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}"
            self.assert_data_fails(text, self.npy(header=header))
        self.assert_data_fails("the shape is too large", b"\0\0\x08\4" + b"\xff" * 16 + b"\0" * 64)
        self.assert_data_fails("9 axes; at most 8 are read", b"\0\0\x08\x09" + b"\0\0\0\1" * 9 + b"\0" * 64)
        self.path.write_bytes(b"\0\0\x08\2" + b"\xff\xff\xff\xff\0\0\0\4" + b"\0" * 64)
        self.assert_fails(1, "has 4294967295 rows, but", self.model, self.path, self.truth)
        header = "{'descr': '|u1', 'fortran_order': False, 'shape': (18446744073709551615, 4)}"
        self.assert_data_fails("18446744073709551615 rows do not fit", self.npy(header=header), "--replacement", "mean")

    def test_shapes(self):
        content = npy_bytes("|u1", [2, 2, 3], list(range(12)))
        self.assert_data_fails("the shape [2, 2, 3] has 6 values per row, but the model takes 4", content)
        self.assert_labels_fail("2 axes; labels have one", npy_bytes("|u1", [ROWS, 1], self.labels))
        content = npy_bytes("|u1", [ROWS - 1], self.labels[1:])
        self.path.write_bytes(content)
        self.assert_fails(
            1, f"has {ROWS} rows, but {self.path} has {ROWS - 1} labels", self.model, self.data, self.path
        )

    def test_labels_out_of_range(self):
        for label in (3, -1, 2**40, -(2**63), 2**63 - 1):
            labels = [*self.labels[:-2], label, 0]
            text = f"row {ROWS - 2} (counted from 0) has the label {label}; the model's classes are 0 to 2"
            self.assert_labels_fail(text, npy_bytes("<i8", [ROWS], labels))
        self.assert_labels_fail("row 0 (counted from 0) has the label -5", npy_bytes(">i4", [ROWS], [-5] * ROWS))

    def test_layers(self):
        for layers in ("3", "0,99"):
            self.assert_fails(1, "has the layers 0 to 2", self.model, self.data, self.truth, "--layers", layers)
        self.assert_fails(1, "sweep: ", self.model, self.data, self.truth, "--layers", "1,1")

    def test_regression(self):
        model = write_dense(self.folder / "one.onnx", [([[1.0]] * INPUTS, [0.0], "Relu"), ([[1.0]], [0.0], None)])
        self.assert_fails(1, "sweep: ", model, self.data, self.truth)
