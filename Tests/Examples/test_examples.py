"""The two small examples, against arithmetic by hand."""

from onnx_bytes import write_dense
from program import Programs, ProgramTest


class Quickstart(ProgramTest):
    def test_scores(self):
        # The row is [0.5, 0.5]; the hidden units are 1 and 2; the scores 1 + 2 * 2 + 0.25 and -1 + 2.
        layers = [([[1.0, 2.0], [1.0, 2.0]], [0.0, 0.0], "Relu"), ([[1.0, -1.0], [2.0, 1.0]], [0.25, 0.0], None)]
        model = write_dense(self.folder / "net.onnx", layers)
        done = self.run_program(Programs.quickstart, model)
        lines = [
            "score 0:    5.2500 intact,    4.2500 without unit 0",
            "score 1:    1.0000 intact,    2.0000 without unit 0",
        ]
        self.assertEqual((done.returncode, done.stderr, done.stdout.splitlines()), (0, "", lines))

    def test_no_model(self):
        done = self.run_program(Programs.quickstart, self.folder / "none.onnx")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("none.onnx", done.stderr)


class Build(ProgramTest):
    def test_exclusive_or(self):
        done = self.run_program(Programs.build)
        lines = [
            "intact                           0 1 1 0",
            "without unit 1                   0 1 1 1",
            "without the synapse b to unit 0  0 0 1 0",
            "unit 0: 2 right, 2 lost, 0 gained",
            "unit 1: 3 right, 1 lost, 0 gained",
            "unit 2: 4 right, 0 lost, 0 gained",
        ]
        self.assertEqual((done.returncode, done.stderr, done.stdout.splitlines()), (0, "", lines))
