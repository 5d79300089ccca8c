"""Networks of large images, whose first steps take one image after the other and whose last take many at once.

Every row is what it is alone, bit for bit, and what ONNX Runtime gives.
"""

import numpy as np
import onnxruntime
import pytest

from host import Mask, Reference, Session
from onnx_models import Model
from random_images import Network

ROWS = 11


@pytest.fixture(scope="module", params=["chain", "paths", "wide"])
def made(request):
    network = Network(11, (3, 112, 112))
    network.conv(24, kernel=5, pad=2)
    network.conv(24)
    if request.param == "paths":
        network.residual()
    network.pool("MaxPool", kernel=4, stride=4)
    network.conv(40, stride=2)
    network.residual()
    if request.param == "paths":
        network.branches(12)
        network.squeeze()
    network.conv(96, stride=2)
    proto = network.end(wide=request.param == "wide").proto()
    x = np.random.default_rng(1).normal(0, 1, (ROWS, 3, 112, 112)).astype(np.float32)
    return proto, Model(proto), x, x.reshape(ROWS, -1)


def test_scores_are_those_of_onnx_runtime(made):
    proto, model, x, rows = made
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    expected = session.run(None, {"x": x})[0]
    found = Session(model).run(rows)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_every_row_is_what_it_is_alone(made, threads):
    _, model, _, rows = made
    alone = Session(model)
    one_by_one = np.concatenate([alone.run(row[None]) for row in rows])
    session = Session(model, threads=threads)
    assert session.run(rows).tobytes() == one_by_one.tobytes()
    assert session.run(rows, Mask(model)).tobytes() == one_by_one.tobytes()
    assert session.predict(rows).tolist() == one_by_one.argmax(1).tolist()
    for layer in range(model.info.layer_count):
        for point in ("activation", "pre_activation"):
            whole = session.activations(rows, layer, point)
            each = np.concatenate([alone.activations(row[None], layer, point) for row in rows])
            assert whole.tobytes() == each.tobytes(), (layer, point)


@pytest.mark.parametrize("kind", ["zero", "dead", "mean", "resample"])
def test_masks_in_front_and_behind(made, kind):
    _, model, _, rows = made
    how = {"kind": kind}
    if kind in ("mean", "resample"):
        how["reference"] = Reference(model, rows, keep_rows=kind == "resample")
    if kind == "resample":
        how["seed"] = 5
    session, last = Session(model), model.info.layer_count - 2
    for units in ([(0, 1)], [(0, 1), (1, 2), (1, 3)], [(2, 0)], [(1, 2), (3, 4), (last, 0)]):
        mask = Mask(model, units, **how)
        whole = session.run(rows, mask)
        assert Session(model, threads=2).run(rows, mask).tobytes() == whole.tobytes()
        if kind == "resample":
            # Which row a row takes its values from depends on its number.
            for layer, unit in units[:1]:
                intact = session.activations(rows, layer)[:, unit].reshape(ROWS, -1)
                taken = session.activations(rows, layer, mask=mask)[:, unit].reshape(ROWS, -1)
                places = [int(np.flatnonzero((intact == each).all(1))[0]) for each in taken]
                assert sorted(places) == list(range(ROWS)) and places != list(range(ROWS))
                for row, place in enumerate(places):
                    own = Mask(model, units, kind="resample", reference=Reference(model, rows[[place]], keep_rows=True))
                    assert session.run(rows[[row]], own).tobytes() == whole[[row]].tobytes()
        else:
            each = np.concatenate([session.run(row[None], mask) for row in rows])
            assert each.tobytes() == whole.tobytes()
