"""Rows are streamed: the batches change no figure, memory does not grow, and progress shows on a terminal only."""

import errno
import gzip
import os
import pty
import re
import subprocess

from array_files import idx_bytes, write_npy
from integer_net import INPUTS, ROWS, make_case
from onnx_bytes import write_dense
from program import Programs, ProgramTest


def read_to_the_end(screen):
    """What a terminal's other side wrote until it was closed: it comes in pieces."""
    pieces = []
    try:
        while piece := os.read(screen, 10000):
            pieces.append(piece)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
    return b"".join(pieces)


class Streaming(ProgramTest):
    def test_many_batches(self):
        net, rows, labels = make_case()
        times = 200  # 12,800 rows: several batches, the last one partly full
        model = write_dense(self.folder / "net.onnx", net.onnx_layers())
        flat = [value for row in rows for value in row] * times
        data = write_npy(self.folder / "data.npy", "|u1", [times * ROWS, INPUTS], flat)
        truth = write_npy(self.folder / "labels.npy", "<i4", [times * ROWS], labels * times)
        want = [net.sweep_lines(rows, labels)[0]]
        for line in net.sweep_lines(rows, labels)[1:]:
            layer, unit, *counts = line.split(",")
            want.append(",".join([layer, unit, *(str(int(count) * times) for count in counts)]))
        self.assertEqual(self.sweep(model, data, truth, "--csv"), want)

    def largest_memory(self, model, rows, width):
        """The most memory a sweep over `rows` black images takes, in bytes."""
        data, truth = self.folder / "data.gz", self.folder / "labels.gz"
        with gzip.open(data, "wb", 1) as file:  # in pieces: a child starts with the record of its parent's memory
            file.write(idx_bytes("u1", [rows, width], []))
            for _ in range(rows):
                file.write(bytes(width))
        truth.write_bytes(gzip.compress(idx_bytes("u1", [rows], []) + bytes(rows), 1))
        process = subprocess.Popen([Programs.sweep, model, data, truth, "--csv"], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        return usage.ru_maxrss * 1024

    def test_memory_does_not_grow_with_the_rows(self):
        width = 1024
        layers = [([[1.0, -1.0]] * width, [0.0, 0.0], "Relu"), ([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], None)]
        model = write_dense(self.folder / "wide.onnx", layers)
        some = self.largest_memory(model, 5000, width)
        many = self.largest_memory(model, 100000, width)  # 100 MB of pixels, 400 MB of float32
        self.assertLess(many - some, 30 << 20)

    def test_progress_on_a_terminal(self):
        net, rows, labels = make_case()
        model = write_dense(self.folder / "net.onnx", net.onnx_layers())
        count = 200 * ROWS  # several batches
        flat = [value for row in rows for value in row] * 200
        data = write_npy(self.folder / "data.npy", "|u1", [count, INPUTS], flat)
        truth = write_npy(self.folder / "labels.npy", "<i4", [count], labels * 200)
        screen, terminal = pty.openpty()
        command = [Programs.sweep, model, data, truth, "--csv"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, text=True, check=False)
        os.close(terminal)
        shown = read_to_the_end(screen).decode()
        os.close(screen)
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, len(net.sweep_lines(rows, labels))))
        percents = [int(step) for step in re.findall(rf"\r *(\d+) % of {count} rows", shown)]
        self.assertEqual(percents, sorted(set(percents)))
        self.assertEqual(percents[-1], 100)
        self.assertTrue(shown.endswith(" \r"), shown)
