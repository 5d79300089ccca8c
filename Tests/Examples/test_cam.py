"""The example of class activation maps, against arithmetic by hand."""

from onnx_bytes import write_maps
from program import Programs, ProgramTest

# x =  1 -2  3    relu(x) =  1 0 3    relu(-x) =  0 2 0    means 1.5 and 2, scores 6 and 7.5
#     -4  5 -6               0 5 0                4 0 6
PIXELS = [11, 8, 13, 6, 15, 4]


class Cam(ProgramTest):
    def files(self, pixels=PIXELS, header=b"P5\n# a comment\n3 2 255\n"):
        model = write_maps(self.folder / "net.onnx", (2, 3), [1.0, -1.0], [[2.0, 1.0], [1.0, 3.0]], [1.0, 0.0])
        picture = self.folder / "picture.pgm"
        picture.write_bytes(header + bytes(pixels))
        return model, picture, self.folder / "overlay.ppm"

    def test_steps_and_maps(self):
        model, picture, overlay = self.files()
        done = self.run_program(Programs.cam, model, picture, overlay, "--mean", 10)
        lines = [line.rstrip() for line in done.stdout.splitlines()]
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(lines[0], "class 1")
        self.assertEqual(lines[2:], [
            "       0  1               0.8176",
            "       1  0               0.0759",
            "       2  0               0.2689",
        ])  # fmt: skip
        data = overlay.read_bytes()
        header = b"P6\n9 2\n255\n"
        self.assertTrue(data.startswith(header))
        pixels = list(data[len(header) :])
        self.assertEqual(len(pixels), 9 * 2 * 3)
        # Intact, the map of class 1 is 1 6 3 / 12 5 18: from half blue (0) to half red (18).
        blue = 1 / 2 + 4 / 18
        self.assertEqual(pixels[:3], [int(0.6 * 11 + 0.5), int(0.6 * 11 + 0.5), int(0.4 * 255 * blue + 0.6 * 11 + 0.5)])
        self.assertEqual(pixels[33:36], [int(0.4 * 255 / 2 + 0.6 * 4 + 0.5), int(0.6 * 4 + 0.5), int(0.6 * 4 + 0.5)])
        # With both channels gone it is 0 everywhere.
        self.assertEqual(pixels[18:21], [int(0.6 * 11 + 0.5), int(0.6 * 11 + 0.5), int(0.4 * 255 / 2 + 0.6 * 11 + 0.5)])

    def test_a_mean_for_each_channel(self):
        model, picture, overlay = self.files()
        alike = self.run_program(Programs.cam, model, picture, overlay, "--mean", 10)
        # A grey network has the first alone.
        apart = self.run_program(Programs.cam, model, picture, overlay, "--mean", "10,99,99", "--scale", "1,7,1/7")
        self.assertEqual((apart.returncode, apart.stdout), (0, alike.stdout))

    def test_another_class(self):
        model, picture, overlay = self.files()
        done = self.run_program(Programs.cam, model, picture, overlay, "--mean", 10, "--class", 0)
        self.assertEqual(done.stdout.splitlines()[0].rstrip(), "class 0")
        self.assertIn("       0  1               0.1824", done.stdout)

    def test_what_is_wrong(self):
        model, picture, overlay = self.files()
        for code, text, words in [
            (2, "usage: cam", [model, picture]),
            (2, "usage: cam", [model, picture, overlay, "--scale", "much"]),
            (2, "usage: cam", [model, picture, overlay, "--speed", "1"]),
            (2, "usage: cam", [model, picture, overlay, "--scale", "1/0"]),
            (2, "usage: cam", [model, picture, overlay, "--mean", "nan"]),
            (2, "usage: cam", [model, picture, overlay, "--mean", "1,2"]),
            (2, "usage: cam", [model, picture, overlay, "--mean", "1,2,3,4"]),
            (2, "usage: cam", [model, picture, overlay, "--scale", "1,0,1"]),
            (2, "usage: cam", [model, picture, overlay, "--class", "-1"]),
            (2, "usage: cam", [model, picture, overlay, "--class", "4294967296"]),
            (1, "none.onnx", [self.folder / "none.onnx", picture, overlay]),
            (1, "none.pgm", [model, self.folder / "none.pgm", overlay]),
            (1, "class 2", [model, picture, overlay, "--class", 2]),
            (1, "cannot be written", [model, picture, self.folder / "no" / "overlay.ppm"]),
        ]:
            done = self.run_program(Programs.cam, *words)
            self.assertIn(text, done.stderr)
            self.assertEqual(done.returncode, code)
        for header, pixels, text in [
            (b"P5\n2 3\n255\n", PIXELS, "3 x 2, the network takes 2 x 3"),
            (b"P5\n3 2\n255\n", PIXELS[:5], "ends too early"),
            (b"P5\n3 2\n65535\n", PIXELS, "no picture"),
            (b"P2\n3 2\n255\n", PIXELS, "no picture"),
            (b"P5\n3 99999999999999999999\n255\n", PIXELS, "no picture"),
        ]:
            done = self.run_program(Programs.cam, *self.files(pixels, header))
            self.assertIn(text, done.stderr)
            self.assertEqual(done.returncode, 1)
