"""Wrong command lines: exit code 2 and one line that says what to write instead."""

from program import Programs, ProgramTest


class Usage(ProgramTest):
    def assert_refused(self, text, *arguments):
        self.assert_fails(2, text, *arguments)

    def test_help(self):
        for arguments in (("--help",), ("a", "b", "--csv", "--help")):
            lines = self.sweep(*arguments)
            self.assertEqual(lines[0], "usage: sweep MODEL DATA LABELS [options]")
            for option in ("--scale", "--layers", "--replacement", "--threads", "--csv", "--help"):
                self.assertTrue(any(option in line for line in lines), option)

    def test_count(self):
        for arguments in ((), ("a",), ("a", "b"), ("a", "b", "--csv")):
            self.assert_refused("MODEL, DATA and LABELS are needed", *arguments)
        self.assert_refused("one argument too many: d", "a", "b", "c", "d")

    def test_options(self):
        self.assert_refused("unknown option --fast", "a", "b", "c", "--fast")
        self.assert_refused("unknown option -h", "-h")
        for option in ("--scale", "--layers", "--replacement", "--threads"):
            self.assert_refused(f"{option} needs a value", "a", "b", "c", option)

    def test_values(self):
        wrong = {
            "--scale": ["", "x", "1/", "1/0", "0", "1/x", "2/255", "nan", "inf", "1e99", "0.5x", " 1"],
            "--layers": ["", "some", "-1", "0,", ",0", "0,,1", "0 1", "1x", "99999999999999999999", "0," * 256 + "0"],
            "--replacement": ["", "one", "constant", "constant=", "constant=x", "resample", "resample=-1", "resample="],
            "--threads": ["", "-1", "257", "two", "1.5"],
        }
        for option, values in wrong.items():
            for value in values:
                with self.subTest(option=option, value=value):
                    self.assert_refused(f"{option} takes ", "a", "b", "c", option, value)

    def test_results_that_cannot_be_written(self):
        done = self.run_program("/bin/sh", "-c", f"'{Programs.sweep}' --help > /dev/full")
        self.assertEqual(done.returncode, 1)
        self.assertIn("the results could not be written", done.stderr)
