"""The studies: loaders against files written by the formats' descriptions, pages whose figures are NumPy's."""

import csv
import importlib.util
import re
from types import SimpleNamespace

import idx_files
import numpy as np
import onnx
import PIL.Image
import pytest
from onnx import TensorProto, helper, numpy_helper
from sklearn.metrics import confusion_matrix

import libablate
from libablate.command_line.main import main
from libablate.studies import STUDIES, Settings, reproduce
from libablate.studies import confusions as kill
from libablate.studies import data as data_sets
from libablate.studies.pictures import read_pictures
from libablate.studies.words import verdict

pytest.importorskip("matplotlib")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """1500 and 297 digits as MNIST, and 400 and 200 as SVHN."""
    place = tmp_path_factory.mktemp("data")
    return idx_files.write_svhn(idx_files.write_mnist(place))


def run(number, folder, place):
    said = []
    page = reproduce(number, Settings(place / number, folder, quick=True, say=said.append))
    text = page.path.read_text()
    written = {path.name for path in page.out.iterdir()}
    # All that was written is named, all that is shown is there, and pictures are pictures.
    assert written == {*page.written, "study.md"}
    assert set(re.findall(r"!\[.*?\]\((.*?)\)", text)) == {name for name in written if name.endswith((".png", ".gif"))}
    assert all((page.out / name).read_bytes()[:4] == b"\x89PNG" for name in written if name.endswith(".png"))
    published = read(page.out / "published.csv")
    assert [row["published"] for row in published] == [item.published for item in page.compared]
    assert "## Deviations" in text and "Fault of the" in text and said
    assert re.search(r"\bnan\b|None", text) is None
    # A table has as many cells in each line.
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.M):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1
    return SimpleNamespace(page=page, text=text, out=page.out, published={row["what"]: row for row in published})


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def made(folder, tmp_path_factory):
    """Studies as they are asked for, each run once."""
    place, found = tmp_path_factory.mktemp("studies"), {}

    def get(number):
        if number not in found:
            # Study 001 trains on digits that scikit-learn has.
            found[number] = run(number, None if number == "001" else folder, place)
        return found[number]

    return get


def test_mnist_files(folder):
    x, y = idx_files.images()
    found = data_sets.read_digits(folder)
    assert (found.shape, found.is_mnist, len(found.classes)) == ((28, 28), False, 10)
    assert found.train_x.shape == (1500, 784) and found.train_x.dtype == np.float32
    np.testing.assert_array_equal(found.train_x, x[:1500].reshape(-1, 784) / np.float32(255))
    np.testing.assert_array_equal(found.test_x, x[1500:].reshape(-1, 784) / np.float32(255))
    np.testing.assert_array_equal(np.concatenate([found.train_y, found.test_y]), y)


@pytest.mark.parametrize("compressed", [False, True])
def test_svhn_files(tmp_path, compressed):
    x, y = idx_files.images()
    found = data_sets.read_svhn(idx_files.write_svhn(tmp_path, compressed=compressed))
    assert found.shape == (3, 32, 32) and found.train_x.shape == (400, 3072) and found.test_x.shape == (200, 3072)
    np.testing.assert_array_equal(found.train_y, y[:400])
    np.testing.assert_array_equal(found.test_y, y[400:600])
    image = 255 * found.test_x[7].reshape(3, 32, 32)
    for channel, divisor in enumerate((1, 2, 3)):
        np.testing.assert_allclose(image[channel, 2:30, 2:30], x[407] // divisor, atol=1e-4)


def test_real_mnist(shared):
    found = data_sets.read_digits(shared / "data" / "mnist")
    assert found.is_mnist and found.train_x.shape == (60000, 784) and found.test_x.shape == (10000, 784)
    from libablate.studies import rotten

    rows = np.load(shared / "data" / "mnist" / "test7000_images.npy")
    part = rotten.split(found, Settings(shared))
    np.testing.assert_array_equal(part.test_x, rows / np.float32(255))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("t10k-labels-idx1-ubyte.gz", None, "lacks t10k-labels-idx1-ubyte"),
        ("train-labels-idx1-ubyte", idx_files.idx_bytes(np.zeros(1499, np.uint8)), "do not go together"),
        ("train-labels-idx1-ubyte", idx_files.idx_bytes(np.full(1500, 10, np.uint8)), "labels are 10 to 10"),
        ("t10k-images.idx3-ubyte", idx_files.idx_bytes(np.zeros((297, 28), np.uint8)), "images have the shapes"),
        ("train-labels-idx1-ubyte", b"", "no IDX file"),
        ("train-images-idx3-ubyte.gz", b"\x1f\x8b\x08", "gzipped and damaged"),
        ("train_32x32.mat", b"MATLAB 5.0 MAT-file" + bytes(200), "no MATLAB file that can be read"),
        ("test_32x32.mat", b"", "no MATLAB file that can be read"),
    ],
)  # fmt: skip
def test_damaged_data_are_told_of(tmp_path, capsys, name, data, said):
    idx_files.write_svhn(idx_files.write_mnist(tmp_path))
    (tmp_path / name).unlink()
    if data is not None:
        (tmp_path / name).write_bytes(data)
    if name.endswith(".mat"):
        with pytest.raises(ValueError, match=said):
            data_sets.read_svhn(tmp_path)
        return
    assert main(["reproduce", "004", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr()
    assert said in printed.err and printed.err.count("\n") == 1 and not (tmp_path / "out").exists()


def test_mat_files_of_something_else(tmp_path):
    from scipy.io import savemat

    for name in data_sets.MAT_NAMES:
        savemat(tmp_path / name, {"X": np.zeros((32, 32))})
    with pytest.raises(ValueError, match="no variable 'y'"):
        data_sets.read_svhn(tmp_path)
    for name in data_sets.MAT_NAMES:
        savemat(tmp_path / name, {"X": np.zeros((32, 32)), "y": np.zeros(3, np.uint8)})
    with pytest.raises(ValueError, match="X is float64"):
        data_sets.read_svhn(tmp_path)
    for name in data_sets.MAT_NAMES:
        savemat(tmp_path / name, {"X": np.zeros((32, 32, 3, 2), np.uint8), "y": np.array([0.5, 1])})
    with pytest.raises(ValueError, match="y is float64"):
        data_sets.read_svhn(tmp_path)


def test_the_rows_of_study_000_are_its_own():
    """The first rows that its notebook prints, and the numbers of test rows in its README."""
    train_x, train_y, test_x, test_y = kill.data()
    first = [[-1.172354, -0.533254, -1.284619, 1.452159], [-2.051463, -1.496670, 1.824016, -1.881343],
             [-2.908707, -1.720212, 0.605944, -1.197363], [-1.799285, -1.060268, -0.667529, 1.139232],
             [-1.673138, -0.553859, -0.621898, -1.239415]]  # fmt: skip
    x, y = np.concatenate([train_x, test_x]), np.concatenate([train_y, test_y])
    for row, label in zip(first, [0, 0, 2, 0, 2]):
        place = np.flatnonzero(np.abs(x - row).max(axis=1) < 1e-6)
        assert len(place) == 1 and y[place[0]] == label
    for matrix in (kill.INTACT, *kill.PUBLISHED.values()):
        np.testing.assert_array_equal(np.sum(matrix, axis=1), np.bincount(test_y))
    assert np.trace(kill.INTACT) / 250 == 0.832


def test_study_000(made, without):
    study = made("000")
    train_x, train_y, test_x, test_y = kill.data()
    from sklearn.neural_network import MLPClassifier

    network = MLPClassifier((3, 3), batch_size=5, max_iter=5, random_state=kill.SEED).fit(train_x, train_y)
    rows = read(study.out / "neurons.csv")
    assert len(rows) == 9
    for row in rows:
        layer, unit = int(row["layer"]), int(row["unit"])
        weights, bias = network.coefs_[layer][:, unit].copy(), network.intercepts_[layer][unit]
        network.coefs_[layer][:, unit], network.intercepts_[layer][unit] = 0, 0
        expected = confusion_matrix(test_y, network.predict(test_x), labels=[0, 1, 2])
        network.coefs_[layer][:, unit], network.intercepts_[layer][unit] = weights, bias
        found = [int(row[f"label {label} predicted {guess}"]) for label in range(3) for guess in range(3)]
        np.testing.assert_array_equal(np.reshape(found, (3, 3)), expected)
    assert study.published["intact, correct of 250"]["published"] == "208 (83.2%)"


def test_study_002(made):
    study = made("002")
    # Both data sets were there.
    for name, width, gains in (("digits-of", 784, 588), ("svhn", 3072, 588)):
        networks = list(study.out.glob(f"network-{name}*.onnx"))
        assert sorted(len(libablate.load(path).layers) for path in networks) == [2, 3]
        assert {libablate.load(path).input_width for path in networks} == {width}
        (long,) = study.out.glob(f"neurons-{name}*-392-196.csv")
        assert len(read(long)) == gains
    x, y = idx_files.images()
    from sklearn.model_selection import train_test_split

    _, test_x, _, test_y = train_test_split(x.reshape(-1, 784) / np.float32(255), y, test_size=0.1, random_state=42)
    (path,) = (path for path in study.out.glob("network-digits*.onnx") if "196" not in path.name)
    model = libablate.load(path)
    right = (model.predict(test_x) == test_y).sum()
    said = [row["here"] for what, row in study.published.items() if what == "NN_392, test accuracy"]
    assert f"{right / len(test_y):.2%}" in study.text and said
    rows = read(next(path for path in study.out.glob("neurons-digits*.csv") if "196" not in path.name))
    for row in rows[::57]:
        with model.ablate({0: int(row["unit"])}, replacement="dead") as ablated:
            assert (ablated.predict(test_x) == test_y).sum() == int(row["correct"])
    hurts = [sum(float(row["effect"]) < 0 for row in rows), sum(float(row["effect"]) > 0 for row in rows)]
    assert re.search(rf"\| {hurts[0]} \({hurts[0] / 392:.1%}\) / .* / {hurts[1]} \(", study.text)


def test_study_003(made, folder):
    study = made("003")
    model = libablate.load(study.out / "network.onnx")
    assert [layer.activation for layer in model.layers[:-1]] == ["sigmoid", "sigmoid"]
    found = data_sets.read_digits(folder)
    # The last sixth of the training rows are for validation.
    hidden = 1 / (1 + np.exp(-(found.train_x[1250:].astype(float) @ model.layers[0].weights.T + model.layers[0].bias)))
    active = hidden > 0.5
    share = active.mean(axis=0)
    classes = np.stack([active[found.train_y[1250:] == label].mean(axis=0) for label in range(10)])
    prior = np.bincount(found.train_y[1250:], minlength=10) / 250

    def entropy(p):
        with np.errstate(divide="ignore", invalid="ignore"):
            return -np.nan_to_num(p * np.log2(p)) - np.nan_to_num((1 - p) * np.log2(1 - p))

    information = entropy(share) - prior @ entropy(classes)
    rows = read(study.out / "neurons.csv")
    np.testing.assert_allclose([float(row["entropy"]) for row in rows[:100]], entropy(share), atol=1e-6)
    np.testing.assert_allclose([float(row["mutual_information"]) for row in rows[:100]], information, atol=1e-6)
    # The first 30 units by information of layer 1, their mean in their place.
    means = hidden.mean(axis=0)
    names = ("place", "replacement", "first", "order")
    wanted = ["layer 1", "bias", "low", "MI"]
    curve = [row for row in read(study.out / "curves.csv") if [row[name] for name in names] == wanted]
    gone = np.lexsort((np.arange(100), information))[:30]
    tested = 1 / (1 + np.exp(-(found.test_x.astype(float) @ model.layers[0].weights.T + model.layers[0].bias)))
    tested[:, gone] = means[gone]
    second = 1 / (1 + np.exp(-(tested @ model.layers[1].weights.T + model.layers[1].bias)))
    predicted = np.argmax(second @ model.layers[2].weights.T + model.layers[2].bias, axis=1)
    assert float(curve[30]["accuracy"]) == pytest.approx(
        np.mean(predicted == found.test_y), abs=1.01 / len(found.test_y)
    )
    assert (
        len(curve) == 101 and "no measure of activations or weights is known to rank units across layers" in study.text
    )


def test_study_004(made, folder):
    study = made("004")
    model = libablate.load(study.out / "network.onnx")
    found = data_sets.read_digits(folder)
    hidden = np.maximum(found.test_x @ model.layers[0].weights.T + model.layers[0].bias, 0)
    means = np.stack([hidden[found.test_y == label].mean(axis=0) for label in range(10)])
    rows = read(study.out / "class-means.csv")
    np.testing.assert_allclose([[float(row[str(k)]) for row in rows] for k in range(10)], means, rtol=1e-4, atol=1e-5)
    leading = [int(row["dominant neuron"]) for row in read(study.out / "classes.csv")]
    assert leading == np.argmax(means, axis=1).tolist()
    share = (hidden.argmax(axis=1) == np.array(leading)[found.test_y]).mean()
    assert f"largest in {share:.0%} of the rows" in study.text


def test_study_001(made, folder):
    """What is counted is NumPy's, from the scores of the network that was trained."""
    study = made("001")
    with PIL.Image.open(study.out / "top-0.gif") as image:
        assert image.n_frames > 5
    pictures = read_pictures(Settings(study.out, quick=True))
    assert pictures.labels == pictures.model.predict(pictures.rows).tolist() and len(pictures.rows) <= 30
    # The network is the one that a second training gives.
    saved = libablate.load(study.out / "network.onnx")
    np.testing.assert_array_equal(saved.scores(pictures.rows), pictures.model.scores(pictures.rows))
    dense, bias = pictures.model.layers[2].weights.astype(float), pictures.model.layers[2].bias
    means = pictures.model.activations(pictures.rows, 1).mean(axis=(2, 3), dtype=float)
    steps = read(study.out / "steps.csv")
    changes, enough = [], []
    for row, label, title in zip(means, pictures.labels, pictures.titles):
        ascending = np.argsort(dense[label], kind="stable")
        orders = {"largest weight": np.argsort(-dense[label], kind="stable"), "smallest weight": ascending}
        orders["largest part of the score"] = np.argsort(-dense[label] * row, kind="stable")
        for name, order in orders.items():
            scores = np.array([np.where(np.isin(np.arange(24), order[:gone]), 0, row) @ dense.T for gone in range(25)])
            shares = np.exp(scores + bias - (scores + bias).max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
            for line in steps:
                if (line["picture"], line["first to go"]) == (title, name):
                    own = shares[int(line["units gone"])]
                    assert float(line["probability"]) == pytest.approx(own[label], rel=1e-3, abs=1e-6)
                    assert float(line["probability 1"]) == pytest.approx(own.max(), rel=1e-3)
            wrong = np.flatnonzero(shares.argmax(axis=1) != label)
            if name == "largest weight":
                changes.append(wrong[0])
            elif name == "smallest weight":
                enough.append(25 - wrong[0] if len(wrong) else 0)

    def spread(values):
        return f"{np.median(values):g} ({min(values):g} to {max(values):g})"

    here = {what: row["here"] for what, row in study.published.items()}
    assert here["few powerful units are enough to predict the class"] == f"{spread(enough)} of 24 units"
    assert f"with {spread(changes)} of 24 units gone" in here["the predicted label changes"]


def test_the_example_has_what_study_001_needs(tmp_path):
    """A network and pictures in a folder, with names; an own one, small, of three colours."""
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (3, 40, 60, 3), dtype=np.uint8)
    for number, picture in enumerate(pixels):
        PIL.Image.fromarray(picture).save(tmp_path / f"picture{number}.png")
    write_onnx(tmp_path / "network.onnx", rng)
    (tmp_path / "classes.txt").write_text("lake|a\nhall|b\nwood|c\n")
    study = run("001", tmp_path, tmp_path / "made")
    assert "3 classes" in study.text and "picture2" in study.text
    # A sign that would end a cell.
    assert re.search(r"(lake|hall|wood)\\\|[abc]", study.text)
    found = read_pictures(Settings(tmp_path, tmp_path))
    # The middle square, 40 x 40, in the size of the input, which it has already.
    np.testing.assert_array_equal(found.shown[1], pixels[1][:, 10:50])
    np.testing.assert_allclose(found.rows[1], (pixels[1][:, 10:50].transpose(2, 0, 1) - 127.0) / 128, atol=1e-6)
    lines = read(study.out / "windows.csv")
    weights = libablate.cam_weights(found.model, found.model.predict(found.rows[:1])[0])
    inside = [line for line in lines if line["picture"] == "picture0"]
    assert [int(line["units inside"]) for line in inside] == [6, 5, 4, 3, 2] or len(inside) >= 4
    for line in inside:
        kept = weights[
            (weights >= float(line["lowest weight"]) - 1e-4) & (weights <= float(line["highest weight"]) + 1e-4)
        ]
        assert len(kept) == int(line["units inside"])


def write_onnx(path, rng, colours=3):
    """Convolution, ReLU, global average pooling and a dense layer, of images [colours, 40, 40]."""
    values = {"k": (6, colours, 5, 5), "b": (6,), "w": (3, 6), "v": (3,)}
    nodes = [
        helper.make_node("Conv", ["x", "k", "b"], ["c"]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["m"]),
        helper.make_node("Flatten", ["m"], ["f"]),
        helper.make_node("Gemm", ["f", "w", "v"], ["y"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", colours, 40, 40])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), name) for name, shape in values.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def test_what_study_001_cannot_do(tmp_path, capsys):
    rng = np.random.default_rng(1)
    dense = libablate.from_weights([(rng.normal(size=(3, 12)), None)], input_shape=(3, 2, 2))
    dense.save(tmp_path / "dense.onnx")
    write_onnx(tmp_path / "grey.onnx", rng, colours=1)
    (tmp_path / "broken").mkdir()
    write_onnx(tmp_path / "broken" / "network.onnx", rng)
    (tmp_path / "broken" / "a.jpg").write_bytes(b"no picture")
    (tmp_path / "names").mkdir()
    write_onnx(tmp_path / "names" / "network.onnx", rng)
    PIL.Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(tmp_path / "names" / "a.png")
    (tmp_path / "names" / "classes.txt").write_text("one\n")
    cases = {"grey.onnx": "no pictures of three colours", ".": "2 ONNX files", "missing.onnx": "missing.onnx",
             "broken": "a.jpg is no picture", "names": "1 lines; the network has 3 classes"}  # fmt: skip
    if importlib.util.find_spec("skimage"):
        cases["dense.onnx"] = "pooling"
    for name, said in cases.items():
        assert main(["reproduce", "001", "--data", str(tmp_path / name), "--out", str(tmp_path / "out")]) == 1
        printed = capsys.readouterr()
        assert said in printed.err and printed.err.count("\n") == 1, name
        assert not (tmp_path / "out").exists()


def test_photographs_are_recognised(tmp_path, shared):
    """EfficientNet-Lite0 takes scikit-image's photographs for what they show."""
    pytest.importorskip("skimage")
    found = read_pictures(Settings(tmp_path, shared / "models" / "cnn" / "efficientnet_lite0.onnx"))
    assert found.titles == ["coffee", "chelsea", "astronaut", "rocket"]
    # Espresso, Egyptian cat, and missile, in ImageNet's numbers.
    assert found.model.predict(found.rows)[[0, 1, 3]].tolist() == [967, 285, 657]


def test_there_are_five_studies(tmp_path):
    assert list(STUDIES) == ["000", "001", "002", "003", "004"]
    with pytest.raises(ValueError, match="no study '5'"):
        reproduce("5", Settings(tmp_path))


def test_verdicts_in_words():
    """The words of the original study for its matrices."""
    names, intact = ["class 0", "class 1", "class 2"], np.array(kill.INTACT)
    said = {place: verdict(intact, np.array(matrix), names) for place, matrix in kill.PUBLISHED.items()}
    assert said[0, 0].startswith("Class 2 loses most: 76% of its rows were right, 4% are; bias towards class 0")
    assert said[0, 1].endswith("class 1 never predicted.") and said[1, 1].endswith("class 0 never predicted.")
    assert "bias" not in said[1, 2] and "bias" not in said[2, 2]
    assert verdict(intact, intact, names).startswith("Redundant")
    assert verdict(intact, np.diag([77, 80, 93]), names) == "No class loses."


def test_study_002_on_svhn_alone(tmp_path, capsys):
    assert main(["reproduce", "002", "--quick", "--data", str(tmp_path), "--out", str(tmp_path / "none")]) == 1
    assert "lacks train-images" in capsys.readouterr().err
    idx_files.write_svhn(tmp_path)
    assert main(["reproduce", "002", "--quick", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 0
    text = (tmp_path / "out" / "study.md").read_text()
    assert "## SVHN\n" in text and "400 rows to train on, 200 to test on." in text and "SVHN was not run" not in text
    assert "published of MNIST" not in text and "59.83%" in text
    (tmp_path / "test_32x32.mat").unlink()
    assert main(["reproduce", "002", "--quick", "--data", str(tmp_path), "--out", str(tmp_path / "none")]) == 1
    printed = capsys.readouterr().err.splitlines()[-1]
    assert "test_32x32.mat" in printed and "o such file" in printed and not (tmp_path / "none").exists()


def test_as_a_command(tmp_path, capsys):
    import json

    assert main(["reproduce", "000", "--quick", "--json", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert document["quick"] and "study.md" in document["page"] and printed.err.startswith("training 4-3-3-3")
    assert {item["what"]: item["published"] for item in document["figures"]}["intact, correct of 250"] == "208 (83.2%)"
    (tmp_path / "file").write_text("")
    assert main(["reproduce", "000", "--quick", "--out", str(tmp_path / "file")]) == 1
    assert "file: " in capsys.readouterr().err
