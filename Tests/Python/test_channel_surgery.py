"""Smaller convolutional networks: against runs with a mask of what was removed, and against groups by hand."""

from ctypes import byref, c_size_t, c_void_p

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

import libablate
import libablate._declarations as c
from host import Failure, Mask, Reference, Session, check, library
from onnx_models import Model
from random_images import Network, random_network
from surgery_host import cost, prune, step_names
from test_channels import images, network

ZERO_KEEPING = ["Relu", "HardSwish", "Tanh", "LeakyRelu", "Clip", None]


def groups_of(model):
    """[[(layer, unit), ...], ...]"""
    found = {}
    for layer in range(model.info.layer_count):
        numbers = (c_size_t * model.layer(layer).units)()
        check(library.ablate_model_unit_groups(model.address, layer, numbers, len(numbers)))
        for unit, group in enumerate(numbers):
            if group != c.NONE:
                found.setdefault(group, []).append((layer, unit))
    first = np.cumsum([0] + [model.layer(layer).units for layer in range(model.info.layer_count)])
    assert list(found) == [first[units[0][0]] + units[0][1] for units in found.values()]
    return list(found.values())


def chosen_groups(model, rng):
    """Some groups, and at least one unit of each layer left."""
    left = [model.layer(layer).units for layer in range(model.info.layer_count)]
    removed = []
    groups = groups_of(model)
    for index in rng.permutation(len(groups))[: max(1, len(groups) // 2)]:
        lost = [layer for layer, _ in groups[index]]
        if all(left[layer] > lost.count(layer) for layer in lost):
            removed += groups[index]
            for layer in lost:
                left[layer] -= 1
    return removed


def rows_for(made, count, seed=1):
    return np.random.default_rng(seed).normal(0, 1, (count, int(np.prod(made.input_shape)))).astype(np.float32)


def test_a_layer_that_does_not_exist_is_not_the_output_layer():
    """Where the scores are no layer's, no number stands for it."""
    pooled = libablate.from_weights(
        [libablate.Convolution(np.ones((2, 1, 1, 1))), libablate.Pooling("global_average")], input_shape=(1, 2, 2)
    )
    units = (c.Unit * 1)(c.Unit(1, 0))
    out = c_void_p()
    with pytest.raises(Failure, match="layer 1 is out of range: the model has 1 layers"):
        check(library.ablate_model_prune(pooled._handle, units, 1, None, byref(out)))


def test_groups_by_hand():
    conv = [[(0, unit)] for unit in range(5)] + [[(1, unit)] for unit in range(6)]
    assert groups_of(Model(network("chain")[0])) == conv + [[(2, unit)] for unit in range(7)]
    # Channel c of `a` is added to that of the depthwise `d`, which reads that of `b`.
    assert groups_of(Model(network("residual")[0])) == [[(0, unit), (1, unit), (2, unit)] for unit in range(4)]
    counts = [3, 4, 5]
    singles = [[(layer, unit)] for layer, count in enumerate(counts) for unit in range(count)]
    assert groups_of(Model(network("branches")[0])) == singles
    grouped = Network(1, (2, 5, 5))
    grouped.conv(4)
    grouped.conv(6, group=2)
    grouped.end(wide=False)
    expected = [[(0, 0), (0, 2)], [(0, 1), (0, 3)], *([(1, unit), (1, unit + 3)] for unit in range(3))]
    assert groups_of(Model(grouped.proto())) == expected + [[(2, unit)] for unit in range(5)]
    fixed = Network(1, (3, 5, 5))
    fixed.residual()
    fixed.node("LRN", [fixed.value], size=3)
    fixed.conv(2)
    fixed.end(wide=False)
    # The sum has the input's channels; what is in front of it inside the branch is free.
    assert groups_of(Model(fixed.proto())) == [
        [(layer, unit)] for layer, n in ((0, 3), (2, 2), (3, 5)) for unit in range(n)
    ]


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=60, deadline=None)
def test_scores_are_those_of_the_mask(seed, one_axis):
    made = random_network(seed, ZERO_KEEPING, one_axis)
    model = Model(made.proto())
    removed = chosen_groups(model, np.random.default_rng(seed))
    if not removed:
        return
    x = rows_for(made, 6)
    try:
        smaller = prune(model, removed)
    except Failure as failure:
        # A normalisation behind an activation function makes something else of 0.
        assert failure.status == c.UNSUPPORTED and "padding" in failure.text
        return
    expected = Session(model).run(x, Mask(model, removed))
    affine = any(kind == "affine" for kind, _, _ in step_names(model))
    same = np.testing.assert_allclose if affine else np.testing.assert_array_equal
    same(Session(smaller).run(x), expected, **({"rtol": 2e-5, "atol": 2e-5} if affine else {}))
    assert [kind for kind, *_ in step_names(smaller)] == [kind for kind, *_ in step_names(model)]
    assert [name for _, name, _ in step_names(smaller)] == [name for _, name, _ in step_names(model)]
    assert cost(smaller)[0] < cost(model)[0] and cost(smaller)[1] < cost(model)[1]
    for layer in range(model.info.layer_count):
        gone = sum(place == layer for place, _ in removed)
        assert smaller.layer(layer).units == model.layer(layer).units - gone


@pytest.mark.parametrize("how", ["constant", "mean", "dead"])
@pytest.mark.parametrize("activation", ["Relu", "Sigmoid"])
def test_what_is_held_is_folded_where_no_padding_is(how, activation):
    made = Network(3, (3, 9, 9))
    made.conv(5, activation=activation)
    made.norm()
    made.pool("MaxPool", pad=0)
    made.conv(6, pad=0, activation=activation)
    made.end(wide=True)
    model = Model(made.proto())
    x = rows_for(made, 40)
    options = {"kind": how}
    if how == "constant":
        options["constant"] = 0.6
    if how == "mean":
        options["reference"] = Reference(model, x)
    removed = [(0, 1), (0, 4), (1, 0), (1, 5), (2, 2)]
    smaller = prune(model, removed, **options)
    expected = Session(model).run(x, Mask(model, removed, **options))
    np.testing.assert_allclose(Session(smaller).run(x), expected, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("reader", ["conv", "average"])
def test_padding_is_not_made_up_for(reader):
    made = Network(3, (3, 8, 8))
    made.conv(4)
    if reader == "average":
        made.pool("AveragePool", kernel=3, stride=1, pad=1, count_include_pad=1)
    made.conv(4, pad=1 if reader == "conv" else 0)
    made.end(wide=False)
    model = Model(made.proto())
    with pytest.raises(Failure, match="padding") as failure:
        prune(model, [(0, 1)], kind="constant", constant=0.5)
    assert failure.value.status == c.UNSUPPORTED
    x = rows_for(made, 4)
    smaller = prune(model, [(0, 1)])
    np.testing.assert_array_equal(Session(smaller).run(x), Session(model).run(x, Mask(model, [(0, 1)])))


def test_layers_by_hand():
    """A kernel loses the slices of the channels that are gone, a dense layer the inputs of all their positions."""
    proto, _ = network("chain")
    model = Model(proto)
    smaller = prune(model, [(0, 2), (1, 0), (1, 4), (2, 3)])
    stored = {each.name: numpy_helper.to_array(each) for each in proto.graph.initializer}
    weights, bias = smaller.parameters(1)
    kept = [1, 2, 3, 5]
    np.testing.assert_array_equal(weights, stored["b.weight"][kept][:, [0, 1, 3, 4]])
    np.testing.assert_array_equal(bias, stored["b.bias"][kept])
    weights, _ = smaller.parameters(2)
    columns = stored["c.weight"].reshape(7, 6, 4)[:, kept].reshape(7, 16)
    np.testing.assert_array_equal(weights, np.delete(columns, 3, axis=0))
    # 3 x 3 weights of 3 channels at 9 x 9 positions, of 4 at 2 x 2, then dense.
    parameters = 4 * 28 + 4 * (36 + 1) + 6 * 17 + 4 * 7
    assert cost(smaller) == (parameters, 4 * 27 * 81 + 4 * 36 * 4 + 6 * 16 + 4 * 6, 4 * parameters)


def test_tied_units_go_together():
    model = Model(network("residual")[0])
    with pytest.raises(Failure) as failure:
        prune(model, [(0, 1), (2, 1)])
    assert failure.value.status == c.INVALID_ARGUMENT
    assert "unit 1 of layer 0 'a', unit 1 of layer 1 'b', unit 1 of layer 2 'd'" in failure.value.text
    with pytest.raises(Failure, match="all 4 units"):
        prune(model, [(layer, unit) for layer in range(3) for unit in range(4)])
    fixed = Network(1, (3, 5, 5))
    fixed.residual()
    fixed.end(wide=False)
    with pytest.raises(Failure, match="unit 2 of layer 1 cannot be removed: it is tied to the input"):
        prune(Model(fixed.proto()), [(1, 2)])


def test_compensation_is_for_dense_layers():
    proto, _ = network("chain")
    model = Model(proto)
    x = images(60).reshape(60, -1)
    for by in ("correlated", "least_squares"):
        with pytest.raises(Failure, match="compensation by other units works on the dense layers"):
            prune(model, [(1, 2)], by, x=x)
    with pytest.raises(Failure, match="compensation by other units works on the dense layers"):
        prune(model, [(0, 1)], "correlated", moments={0: (np.zeros(5), np.eye(5))})
    t = Session(model).activations(x, 2).astype(np.float64)
    smaller = prune(model, [(2, 3)], "least_squares", x=x)
    weights, bias = model.parameters(3)
    kept = [0, 1, 2, 4, 5, 6]
    solution = np.linalg.lstsq(np.column_stack([t[:, kept], np.ones(60)]), t[:, 3], rcond=None)[0]
    folded, moved = smaller.parameters(3)
    np.testing.assert_allclose(folded, weights[:, kept] + np.outer(weights[:, 3], solution[:-1]), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(moved, bias + weights[:, 3] * solution[-1], rtol=1e-4, atol=1e-5)


def test_networks_of_photographs(shared):
    for name, side in (("fashion_cnn", 28), ("efficientnet_lite0", 224)):
        path = shared / "models" / "cnn" / f"{name}.onnx"
        if not path.exists():
            pytest.skip(f"{path.name} is not there")
        model = Model(path)
        rng = np.random.default_rng(1)
        removed = chosen_groups(model, rng)
        smaller = prune(model, removed)
        x = rng.normal(0, 1, (2, model.info.input_width)).astype(np.float32)
        assert model.info.input_width % side**2 == 0
        expected = Session(model, threads=2).run(x, Mask(model, removed))
        np.testing.assert_allclose(Session(smaller, threads=2).run(x), expected, rtol=1e-5, atol=1e-5)
        assert all(after < before for after, before in zip(cost(smaller), cost(model), strict=True))
