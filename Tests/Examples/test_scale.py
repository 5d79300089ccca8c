"""--scale: a float32 factor, or a division, which is not the same."""

import struct

from array_files import write_npy
from onnx_bytes import write_dense
from program import ProgramTest

HEAD = "layer,unit,rows,correct,lost,gained"


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


class Scale(ProgramTest):
    def setUp(self):
        super().setUp()
        # A pixel whose quotient and product differ in the last bit; both are rounded once.
        factor = float32(1 / 255)
        self.pixel = next(p for p in range(1, 256) if float32(p * factor) != float32(p / 255))
        self.data = write_npy(self.folder / "d.npy", "|u1", [1, 1], [self.pixel])

    def is_exactly(self, value, *options, data=None):
        """Whether the model sees `value`: class 0 if both scores, x - value and value - x, are 0 or less."""
        layers = [([[1.0, -1.0]], [-value, value], "Relu"), ([[0.0, 1.0], [0.0, 1.0]], [0.0, 0.0], None)]
        model = write_dense(self.folder / "probe.onnx", layers)
        labels = write_npy(self.folder / "l.npy", "|u1", [1], [0])
        lines = self.sweep(model, data or self.data, labels, "--csv", "--layers", "1", *options)
        # Ablating the score of class 0 changes nothing, so `correct` tells whether the row was right.
        return lines[1].split(",")[3] == "1"

    def test_division(self):
        self.assertTrue(self.is_exactly(float32(self.pixel / 255), "--scale", "1/255"))
        self.assertFalse(self.is_exactly(float32(self.pixel * float32(1 / 255)), "--scale", "1/255"))

    def test_factor(self):
        for text in ("0.00392156862745098", "0.003921569"):
            self.assertTrue(self.is_exactly(float32(self.pixel * float32(1 / 255)), "--scale", text))
            self.assertFalse(self.is_exactly(float32(self.pixel / 255), "--scale", text))

    def test_none(self):
        self.assertTrue(self.is_exactly(float(self.pixel)))

    def test_float_data(self):
        data = write_npy(self.folder / "f.npy", "<f4", [1, 1], [0.3])
        self.assertTrue(self.is_exactly(float32(0.3), data=data))
        self.assertTrue(self.is_exactly(float32(float32(0.3) / 3), "--scale", "1/3", data=data))
