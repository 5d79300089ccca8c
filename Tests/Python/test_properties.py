"""A row's bits depend on the row and the mask alone: not on the batch, its order, the threads or the processor."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from host import Mask, Model, Reference, Session, floats

WIDTHS = st.lists(st.integers(1, 70), min_size=2, max_size=4)


def random_net(seed, widths, activation):
    random = np.random.default_rng(seed)
    layers = oracle.network(random, widths, activation)
    model = Model.build(layers)
    x = floats(random.normal(size=(int(random.integers(1, 300)), widths[0])))
    units = [(layer, int(random.integers(0, width))) for layer, width in enumerate(widths[1:])]
    synapses = [(0, int(random.integers(0, widths[1])), int(random.integers(0, widths[0])))]
    mask = Mask(model, units, synapses, kind=str(random.choice(["zero", "dead", "constant"])), constant=0.3)
    return layers, model, x, mask, units, random


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), widths=WIDTHS, activation=st.sampled_from(oracle.ALL), masked=st.booleans())
def test_batch_order_and_threads(seed, widths, activation, masked):
    _, model, x, mask, _, random = random_net(seed, widths, activation)
    mask = mask if masked else None
    one, two = Session(model, 1), Session(model, 2)
    whole = one.run(x, mask)
    assert two.run(x, mask).tobytes() == whole.tobytes()
    cut = int(random.integers(0, len(x) + 1))
    parts = np.concatenate([two.run(x[:cut], mask), one.run(x[cut:], mask)])
    assert parts.tobytes() == whole.tobytes()
    order = random.permutation(len(x))
    assert two.run(x[order], mask).tobytes() == whole[order].tobytes()
    row = int(random.integers(0, len(x)))
    assert one.run(x[row : row + 1], mask).tobytes() == whole[row : row + 1].tobytes()
    assert one.activations(x, len(widths) - 2, mask=mask).tobytes() == whole.tobytes()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), widths=WIDTHS, activation=st.sampled_from(oracle.ALL))
def test_random_nets_and_masks_against_numpy(seed, widths, activation):
    layers, model, x, _, units, random = random_net(seed, widths, activation)
    kind = str(random.choice(["zero", "dead", "constant"]))
    value = {"zero": 0.0, "dead": "dead", "constant": -0.8}[kind]
    synapses = [(0, unit, int(random.integers(0, widths[0]))) for unit in range(0, widths[1], 3)]
    mask = Mask(model, units, synapses, kind=kind, constant=-0.8)
    _, exact, bound = oracle.forward(layers, x, dict.fromkeys(units, value), synapses)[-1]
    assert (np.abs(Session(model).run(x, mask) - exact) <= bound).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 90))
def test_resampled_runs_do_not_depend_on_threads(seed, count):
    _, model, x, _, units, random = random_net(seed, (7, 33, 4), "tanh")
    reference = Reference(model, random.normal(size=(count, 7)), keep_rows=True, threads=2)
    mask = Mask(model, units, kind="resample", seed=seed, reference=reference)
    assert Session(model, 1).run(x, mask).tobytes() == Session(model, 2).run(x, mask).tobytes()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), activation=st.sampled_from(oracle.ALL))
def test_an_ablated_unit_s_outgoing_weights_do_not_matter(seed, activation):
    """Zero: as if the next layer had no weights from it. The other way round: they are all it acts through."""
    layers, model, x, _, _, random = random_net(seed, (9, 21, 13, 5), activation)
    unit = int(random.integers(0, 21))
    cut = [dict(layer) for layer in layers]
    cut[1]["weights"] = layers[1]["weights"].copy()
    cut[1]["weights"][:, unit] = 0
    one = Session(model).run(x, Mask(model, [(0, unit)]))
    two = Session(Model.build(cut)).run(x)
    np.testing.assert_array_equal(one, two)
    synapses = [(1, target, unit) for target in range(13)]
    np.testing.assert_array_equal(Session(model).run(x, Mask(model, synapses=synapses)), two)


ISA_PROGRAM = """
import hashlib, json, sys
import numpy as np, onnx_models, oracle, random_images
from host import Mask, Model, Session, Sweep, floats, library
from profile_host import Profile

random = np.random.default_rng(0)
digests, values = {}, {}
for activation in oracle.ALL:
    layers = oracle.network(random, (67, 130, 41, 10), activation)
    model = Model.build(layers, head="softmax")
    x, labels = floats(random.normal(size=(211, 67))), random.integers(0, 10, 211)
    session = Session(model, 2)
    mask = Mask(model, [(0, 5), (1, 7)], [(0, 1, 1)], kind="dead")
    runs = [session.run(x, m, o) for m in (None, mask) for o in ("scores", "probabilities", "model")]
    sweep = Sweep(model, [0, 1, 2], ("confusion", "log_loss", "label_probability")).feed(x, labels)
    digest = hashlib.sha256(b"".join(r.tobytes() for r in runs) + repr(sweep.table()).encode())
    digests[activation] = digest.hexdigest()
    values[activation] = session.run(x).ravel()[:500].astype(float).tolist()
for seed in range(12):
    network = random_images.random_network(seed)
    model = onnx_models.Model(network.proto())
    x = floats(random.normal(size=(20, model.info.input_width)))
    profile = Profile(model, "taylor").feed(x, random.integers(0, random_images.CLASSES, 20))
    found = [profile.measure("taylor", layer) for layer in range(model.info.layer_count - 1)]
    digests[f"taylor {seed}"] = hashlib.sha256(np.concatenate(found).tobytes()).hexdigest()
json.dump({"isa": library.ablate_isa().decode(), "digests": digests, "values": values}, sys.stdout)
"""


def under_isa(name):
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", ISA_PROGRAM],
        env=os.environ | {"ABLATE_ISA": name, "PYTHONPATH": str(here)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def isas():
    found = {name: under_isa(name) for name in ("baseline", "v3", "v4")}
    return {name: result for name, result in found.items() if result["isa"] == name}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="arm64 has one instruction set")
def test_a_lower_instruction_set_can_be_chosen(isas):
    assert "baseline" in isas


def test_instruction_sets_agree_bit_for_bit(isas):
    if not {"v3", "v4"} <= set(isas):
        pytest.skip(f"needs a processor with AVX-512; this one offers {', '.join(isas)}")
    assert isas["v3"]["digests"] == isas["v4"]["digests"]


def test_the_baseline_is_close(isas):
    if not {"v3", "baseline"} <= set(isas):
        pytest.skip(f"needs an x86-64 processor with AVX2; this one offers {', '.join(isas)}")
    for activation in oracle.ALL:
        one, two = (np.array(isas[name]["values"][activation]) for name in ("baseline", "v3"))
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-5)
