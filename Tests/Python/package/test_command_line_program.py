"""The commands as a program of their own: streams, exit codes, interrupts, help."""

import os
import signal
import subprocess
import sys

import pytest

import libablate
from libablate.command_line.main import main


def command(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "libablate", *arguments],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def test_as_a_program(files, tmp_path):
    data = [str(files.folder / name) for name in ("network.onnx", "x.npy", "y.npy")]
    whole = command("sweep", *data)
    out, err = whole.communicate(timeout=60)
    # Progress is only for a terminal, and so is nothing else on stderr.
    assert whole.returncode == 0 and err == "" and "strongest" in out
    usage = command()
    assert "usage: ablate" in usage.communicate(timeout=60)[1] and usage.returncode == 2
    version = command("--version")
    assert (
        version.communicate(timeout=60)[0].startswith(f"libablate {libablate.__version__}") and version.returncode == 0
    )


def test_output_that_nobody_reads_to_its_end(files):
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.run(
        [sys.executable, "-m", "libablate", "info", str(files.folder / "network.onnx")],
        stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60,
    )  # fmt: skip
    os.close(writer)
    assert process.returncode == 1 and process.stderr == ""


# Waits where rows are looked at, and says so.
WAITING = """
import sys, time
from libablate.command_line import main, rows
rows.expect_finite = lambda *_: (print("inside", flush=True), time.sleep(60))
sys.exit(main.main(sys.argv[1:]))
"""


def test_an_interrupt(files):
    data = [str(files.folder / name) for name in ("network.onnx", "x.npy", "y.npy")]
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, "sweep", *data], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "inside\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and out == "" and err == "ablate: interrupted\n"


def test_help_has_examples_that_parse(capsys):
    from libablate.command_line.main import COMMANDS, parser

    for module in COMMANDS:
        name = module.__name__.rpartition(".")[2]
        with pytest.raises(SystemExit) as stop:
            main([name, "--help"])
        printed = capsys.readouterr().out
        assert stop.value.code == 0 and "examples:" in printed
        lines = [line.partition("#")[0].split() for line in module.EXAMPLES.splitlines()[1:]]
        assert len(lines) > 1
        for line in lines:
            assert line[:2] == ["ablate", name]
            assert parser().parse_args(line[1:]).command == name
