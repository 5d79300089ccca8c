"""The programs under test, and a folder for their files."""

import argparse
import os
import pathlib
import subprocess
import tempfile
import unittest


class Programs:
    """Paths of the example programs, from the command line."""

    sweep = quickstart = build = cam = None
    prefix = ()

    @classmethod
    def read(cls, arguments):
        parser = argparse.ArgumentParser()
        parser.add_argument("--sweep", required=True)
        parser.add_argument("--quickstart", required=True)
        parser.add_argument("--build", required=True)
        parser.add_argument("--cam", required=True)
        parser.add_argument("--valgrind", action="store_true", help="run each program under valgrind")
        given, rest = parser.parse_known_args(arguments)
        cls.sweep, cls.quickstart, cls.build, cls.cam = given.sweep, given.quickstart, given.build, given.cam
        if given.valgrind:
            cls.prefix = ("valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full")
        return rest


class ProgramTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_program(self, path, *arguments):
        command = [*Programs.prefix, path, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)

    def sweep(self, *arguments):
        """Runs the sweep program, which has to succeed in silence. Returns its lines."""
        done = self.run_program(Programs.sweep, *arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def assert_fails(self, code, text, *arguments):
        """Runs the sweep program, which has to print one line with `text` on stderr and nothing else."""
        done = self.run_program(Programs.sweep, *arguments)
        self.assertIn(text, done.stderr)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (code, "", 1))
        self.assertTrue(done.stderr.startswith("sweep: "))


def shared_folder():
    """Where data and trained networks are: ABLATE_SHARED, or beside the repository. None if they are not there."""
    beside = pathlib.Path(__file__).resolve().parents[3] / "shared"
    folder = pathlib.Path(os.environ.get("ABLATE_SHARED", beside))
    return folder if (folder / "models" / "mlp").is_dir() and (folder / "data" / "mnist").is_dir() else None
