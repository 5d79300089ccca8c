"""The figures, against exact arithmetic in Python, for every way to store the rows."""

import re

from array_files import write_idx, write_npy
from integer_net import CLASSES, INPUTS, ROWS, make_case
from onnx_bytes import write_dense
from program import ProgramTest


class Results(ProgramTest):
    def setUp(self):
        super().setUp()
        self.net, self.rows, self.labels = make_case()
        self.flat = [value for row in self.rows for value in row]
        self.model = write_dense(self.folder / "net.onnx", self.net.onnx_layers())
        self.data = write_npy(self.folder / "data.npy", "|u1", [ROWS, INPUTS], self.flat)
        self.truth = write_npy(self.folder / "labels.npy", "<i4", [ROWS], self.labels)

    def csv(self, *options, data=None, labels=None):
        return self.sweep(self.model, data or self.data, labels or self.truth, "--csv", *options)

    def expect(self, **how):
        return self.net.sweep_lines(self.rows, self.labels, **how)

    def test_every_way_to_store_the_data(self):
        square = [ROWS, 2, INPUTS // 2]
        files = [write_idx(self.folder / "d.idx", "u1", square, self.flat)]
        files.append(write_idx(self.folder / "d.idx.gz", "u1", square, self.flat))
        files.append(write_idx(self.folder / "f.idx", "f4", square, self.flat))
        for descr in ("|u1", "<f4", ">f4"):
            for version in (1, 2, 3):
                path = self.folder / f"{descr[1:]}{version}.npy"
                files.append(write_npy(path, descr, square, self.flat, version))
        files.append(write_npy(self.folder / "f.npy.gz", "<f4", [ROWS, INPUTS], self.flat))
        for file in files:
            with self.subTest(file.name):
                self.assertEqual(self.csv(data=file), self.expect())

    def test_every_way_to_store_the_labels(self):
        files = [write_idx(self.folder / "l.idx", "u1", [ROWS], self.labels)]
        files.append(write_idx(self.folder / "l.idx.gz", "i4", [ROWS], self.labels))
        for descr in ("|u1", "<i4", ">i4", "<i8", ">i8"):
            files.append(write_npy(self.folder / f"l{ord(descr[0])}{descr[1:]}.npy", descr, [ROWS], self.labels))
        for file in files:
            with self.subTest(file.name):
                self.assertEqual(self.csv(labels=file), self.expect())

    def test_layers(self):
        self.assertEqual(self.csv("--layers", "hidden"), self.expect(layers=(0, 1)))
        self.assertEqual(self.csv("--layers", "all"), self.expect(layers=(0, 1, 2)))
        self.assertEqual(self.csv("--layers", "1"), self.expect(layers=(1,)))
        self.assertEqual(self.csv("--layers", "2,0"), self.expect(layers=(2, 0)))

    def test_replacements(self):
        self.assertEqual(self.csv("--replacement", "zero"), self.expect())
        self.assertEqual(self.csv("--replacement", "dead"), self.expect())
        self.assertEqual(self.csv("--replacement", "constant=-7"), self.expect(values=lambda layer, unit: -7))
        means = [self.net.means(self.rows, layer) for layer in (0, 1)]
        self.assertEqual(self.csv("--replacement", "mean"), self.expect(values=lambda layer, unit: means[layer][unit]))

    def test_dead_is_not_zero_for_a_sigmoid(self):
        # Class 1 wins where the unit is above 1/4: dead leaves it at 1/2, zero at 0.
        layers = [([[8]], [0], "Sigmoid"), ([[0, 1]], [0, -0.25], None)]
        model = write_dense(self.folder / "sigmoid.onnx", layers)
        data = write_npy(self.folder / "two.npy", "<f4", [2, 1], [-1, 1])
        labels = write_npy(self.folder / "two_labels.npy", "<i4", [2], [0, 1])
        head = "layer,unit,rows,correct,lost,gained"
        self.assertEqual(self.sweep(model, data, labels, "--csv", "--replacement", "dead"), [head, "0,0,2,1,1,0"])
        self.assertEqual(self.sweep(model, data, labels, "--csv", "--replacement", "zero"), [head, "0,0,2,1,1,0"])
        labels = write_npy(self.folder / "one_label.npy", "<i4", [2], [1, 1])
        self.assertEqual(self.sweep(model, data, labels, "--csv", "--replacement", "dead"), [head, "0,0,2,2,0,1"])
        self.assertEqual(self.sweep(model, data, labels, "--csv", "--replacement", "zero"), [head, "0,0,2,0,1,0"])

    def test_resample(self):
        first, again, other = (self.csv("--replacement", f"resample={seed}") for seed in (3, 3, 4))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual([line.split(",")[:3] for line in first], [line.split(",")[:3] for line in self.expect()])
        same = write_npy(self.folder / "same.npy", "|u1", [ROWS, INPUTS], self.rows[0] * ROWS)
        for line in self.csv("--replacement", "resample=3", data=same)[1:]:
            self.assertTrue(line.endswith(",0,0"), line)

    def test_threads_change_nothing(self):
        for threads in ("1", "2", "5"):
            self.assertEqual(self.csv("--threads", threads), self.expect())

    def test_table(self):
        for label in (None, 0, 1, 2):
            if label is not None:
                self.labels = [label] * ROWS
                self.truth = write_npy(self.folder / "labels.npy", "<i4", [ROWS], self.labels)
            with self.subTest(label=label):
                self.check_table()

    def check_table(self):
        lines = self.sweep(self.model, self.data, self.truth, "--replacement", "zero")
        figures = [tuple(map(int, line.split(","))) for line in self.expect()[1:]]
        right = sum(self.net.predict(row) == label for row, label in zip(self.rows, self.labels, strict=True))
        self.assertIn(f"{100 * right / ROWS:.3f} % accuracy, {right} of {ROWS} rows right", lines[0])
        self.assertIn(f"{len(figures)} units ablated one at a time, replacement zero", lines[1])
        effects = [gained - lost for *_, lost, gained in figures]
        for what, count in (
            ("hurts", sum(e < 0 for e in effects)),
            ("changes no accuracy", sum(e == 0 for e in effects)),
            ("helps", sum(e > 0 for e in effects)),
        ):
            share = re.escape(f"({100 * count / len(effects):.1f} %)")
            self.assertEqual(sum(bool(re.match(rf" +{what} +{count} +{share}$", line)) for line in lines), 1, what)
        order = sorted(figures, key=lambda f: (f[5] - f[4], f[0], f[1]))
        table = [line.split() for line in lines[lines.index("") :] if re.match(r" +\d", line)]
        want = [[str(f[0]), str(f[1]), f"{100 * (f[5] - f[4]) / ROWS:+.3f}", str(f[4]), str(f[5])] for f in order]
        self.assertEqual(table, want)

    def test_table_shows_both_ends(self):
        # Unit u of 30 holds up row u; the last five of them hold up two rows.
        units = 30
        weights = [[float(unit == row) for unit in range(units)] for row in range(units)]
        layers = [(weights, [0.0] * units, "Relu"), ([[0.0, 1.0]] * units, [0.0, -0.5], None)]
        model = write_dense(self.folder / "wide.onnx", layers)
        owners = [*range(units), *range(25, units)]
        flat = [int(unit == owner) for owner in owners for unit in range(units)]
        data = write_npy(self.folder / "wide.npy", "|u1", [35, units], flat)
        labels = write_npy(self.folder / "wide_labels.npy", "|u1", [35], [1] * 35)
        shown = [line.split() for line in self.sweep(model, data, labels) if re.match(r" +(\d|\.\.\.)", line)]
        units_shown = [line[1] for line in shown]
        self.assertEqual(units_shown, [*map(str, [*range(25, 30), *range(5)]), "...", *map(str, range(15, 25))])

    def test_no_rows(self):
        data = write_npy(self.folder / "none.npy", "|u1", [0, INPUTS], [])
        labels = write_npy(self.folder / "none_labels.npy", "|u1", [0], [])
        lines = self.csv(data=data, labels=labels)
        self.assertEqual(len(lines), 1 + sum(len(b) for _, b in self.net.layers) - CLASSES)
        self.assertTrue(all(line.endswith(",0,0,0,0") for line in lines[1:]))
        self.assertIn("0.000 % accuracy, 0 of 0 rows right", self.sweep(self.model, data, labels)[0])
