"""Masked runs against NumPy with the same change made by hand, and scikit-learn with the weights set to zero."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

import libablate._declarations as c
import oracle
from host import Mask, Model, Reference, Session, check, floats, library, pointer
from test_forward import assert_within, from_sklearn

KINDS = ["relu", "tanh", "sigmoid", "gelu", "softplus", "leaky_relu"]


def net(seed, activation="relu", widths=(11, 20, 17, 6)):
    random = np.random.default_rng(seed)
    layers = oracle.network(random, widths, activation)
    x = floats(random.normal(size=(70, widths[0])))
    return layers, Model.build(layers), x, random


def compare(session, layers, x, mask, units=None, synapses=()):
    """Scores, and both values of every layer."""
    exact = oracle.forward(layers, x, units, synapses)
    assert_within(session.run(x, mask), exact[-1][1], exact[-1][2])
    for index, (_, activation, bound) in enumerate(exact):
        assert_within(session.activations(x, index, mask=mask), activation, bound)


@pytest.mark.parametrize("activation", KINDS)
@pytest.mark.parametrize("kind", ["zero", "dead", "constant"])
def test_units_of_every_layer(activation, kind):
    layers, model, x, _random = net(KINDS.index(activation), activation)
    session = Session(model)
    value = {"zero": 0.0, "dead": "dead", "constant": 0.7}[kind]
    how = {"kind": kind, "constant": 0.7} if kind == "constant" else {"kind": kind}
    for layer, units in [(0, [3]), (0, [0, 19, 7]), (1, [16]), (2, [0]), (2, [1, 5]), (1, range(17)), (2, range(6))]:
        chosen = [(layer, unit) for unit in units]
        compare(session, layers, x, Mask(model, chosen, **how), dict.fromkeys(chosen, value))


def test_several_layers_with_replacements_of_their_own():
    layers, model, x, _random = net(8, "tanh")
    mask = Mask(model, [(0, 1), (0, 2), (1, 3), (1, 4), (2, 0)], kind="constant", constant=-1.5)
    mask.set_replacement_of(0, 2, kind="dead")
    mask.set_replacement_of(1, 4, kind="zero")
    mask.set_replacement_of(1, 9, kind="zero")  # not ablated: no effect
    units = {(0, 1): -1.5, (0, 2): "dead", (1, 3): -1.5, (1, 4): 0.0, (2, 0): -1.5}
    compare(Session(model), layers, x, mask, units)
    check(library.ablate_mask_set_unit_replacement(mask.address, 1, 4, None))
    compare(Session(model), layers, x, mask, units | {(1, 4): -1.5})


def test_a_dead_sigmoid_gives_one_half():
    _layers, model, x, _ = net(1, "sigmoid")
    values = Session(model).activations(x, 0, mask=Mask(model, [(0, 4)], kind="dead"))
    assert (values[:, 4] == 0.5).all()


def test_a_dead_class_can_still_be_predicted():
    layers = [{"weights": floats([[1, 0], [0, 1]]), "bias": floats([-3, -4])}]
    session = Session(model := Model.build(layers))
    x = floats([[1, 1], [5, 1], [1, 9]])
    assert session.predict(x).tolist() == [0, 0, 1]
    assert session.predict(x, Mask(model, [(0, 1)], kind="dead")).tolist() == [1, 0, 1]


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_mean(activation):
    layers, model, x, random = net(5, activation)
    rows = floats(random.normal(size=(333, 11)))
    reference = Reference(model, rows)
    exact = oracle.forward(layers, rows)
    for index, (_, values, bound) in enumerate(exact):
        assert_within(reference.means(index), values.mean(axis=0), bound.mean(axis=0) + 1e-7 * np.abs(values).max())
        own = Session(model).activations(rows, index).astype(float).sum(axis=0) / len(rows)
        np.testing.assert_allclose(reference.means(index), own, rtol=1.001 * oracle.UNIT)
    chosen = [(0, 2), (1, 5), (1, 6), (2, 3)]
    means = {(layer, unit): reference.means(layer)[unit] for layer, unit in chosen}
    mask = Mask(model, chosen, kind="mean", reference=reference)
    compare(Session(model), layers, x, mask, means)
    reference.close()
    compare(Session(model), layers, x, mask, means)


def test_means_do_not_depend_on_threads():
    _, model, _, random = net(6)
    rows = floats(random.normal(size=(1501, 11)))
    for layer in range(3):
        one, two = (Reference(model, rows, threads=threads).means(layer) for threads in (1, 2))
        assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("count", [1, 2, 7, 50, 70, 200])
def test_resample(count):
    """Row i takes reference row p(i mod n): every reference row once per cycle, the same rows for all units."""
    layers, model, x, random = net(7, "tanh")
    rows = floats(random.normal(size=(count, 11)))
    reference = Reference(model, rows, keep_rows=True)
    session = Session(model)
    own = [session.activations(rows, layer) for layer in range(3)]
    chosen = [(0, 2), (1, 5), (2, 3)]
    mask = Mask(model, chosen, kind="resample", seed=42, reference=reference)
    taken = []
    for layer, unit in chosen:
        values = session.activations(x, layer, mask=mask)[:, unit]
        source = [int(np.flatnonzero(own[layer][:, unit] == value)[0]) for value in values]
        taken.append(source)
        cycle = source[:count]
        assert len(set(cycle)) == len(cycle), "a reference row was used twice in a cycle"
        assert source == [cycle[i % count] for i in range(len(source))]
    assert taken[0] == taken[1] == taken[2]
    units = {(layer, unit): own[layer][taken[0], unit] for layer, unit in chosen}
    compare(session, layers, x, mask, units)


def test_resample_follows_its_seed():
    _, model, x, random = net(9, "tanh")
    reference = Reference(model, random.normal(size=(60, 11)), keep_rows=True)
    session = Session(model)
    runs = [session.run(x, Mask(model, [(0, 0)], kind="resample", seed=s, reference=reference)) for s in (1, 1, 2, 3)]
    assert runs[0].tobytes() == runs[1].tobytes()
    assert len({run.tobytes() for run in runs}) == 3


def test_synapses():
    layers, model, x, _random = net(10, "gelu")
    synapses = [(0, 0, 0), (0, 0, 10), (0, 19, 4), (1, 3, 19), (2, 5, 16), (2, 0, 0)]
    session = Session(model)
    for chosen in ([synapses[0]], [synapses[4]], synapses):
        compare(session, layers, x, Mask(model, synapses=chosen), synapses=chosen)
    units = {(0, 5): 0.0, (1, 2): 0.0}
    compare(session, layers, x, Mask(model, units, synapses), units, synapses)


def test_ablating_every_synapse_of_a_unit_leaves_its_bias():
    layers, model, x, _ = net(11)
    mask = Mask(model, synapses=[(0, 4, source) for source in range(11)])
    values = Session(model).activations(x, 0, "pre_activation", mask)
    assert (values[:, 4] == layers[0]["bias"][4]).all()


def test_a_unit_replaced_by_a_constant_ignores_its_synapses():
    _, model, x, _ = net(12)
    session = Session(model)
    one = session.run(x, Mask(model, [(1, 1)], kind="constant", constant=2))
    two = session.run(x, Mask(model, [(1, 1)], [(1, 1, 3)], kind="constant", constant=2))
    assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("activation", KINDS)
def test_pre_activations(activation):
    """A dead unit has 0 before its activation function; other replacements leave that value as it was."""
    layers, model, x, _ = net(13, activation)
    session = Session(model)
    intact = oracle.forward(layers, x)
    for layer, (pre, _, _) in enumerate(intact):
        np.testing.assert_allclose(session.activations(x, layer, "pre_activation"), pre, rtol=1e-4, atol=1e-4)
    for kind in ("zero", "dead", "constant"):
        mask = Mask(model, [(1, 3), (2, 2)], kind=kind, constant=9)
        value = {"zero": 0.0, "dead": "dead", "constant": 9.0}[kind]
        exact = oracle.forward(layers, x, {(1, 3): value, (2, 2): value})
        for layer in range(3):
            values = session.activations(x, layer, "pre_activation", mask)
            np.testing.assert_allclose(values, exact[layer][0], rtol=1e-4, atol=1e-4)
        if kind == "dead":
            assert (session.activations(x, 1, "pre_activation", mask)[:, 3] == 0).all()


def test_pre_activations_and_activations_agree():
    _layers, model, x, _ = net(14, "relu")
    session = Session(model)
    pre, post = (session.activations(x, 0, point) for point in ("pre_activation", "activation"))
    assert np.array_equal(np.maximum(pre, 0), post)


def test_an_empty_mask_is_the_intact_run():
    _, model, x, _ = net(15)
    session = Session(model)
    emptied = Mask(model, [(0, 1), (2, 2)], [(1, 1, 1)], kind="dead")
    check(library.ablate_mask_clear(emptied.address))
    restored = Mask(model, [(0, 1)])
    restored.set(0, 1, 0)
    for mask in (Mask(model), Mask(model, kind="constant", constant=3), emptied, restored):
        assert session.run(x, mask).tobytes() == session.run(x).tobytes()


def test_the_order_of_setting_does_not_matter():
    _, model, x, random = net(16)
    units = [(0, u) for u in range(0, 20, 3)] + [(1, u) for u in range(0, 17, 4)] + [(2, 1)]
    synapses = [(0, 1, 2), (0, 1, 3), (1, 7, 7), (2, 0, 9)]
    session = Session(model)
    first = session.run(x, Mask(model, units, synapses, kind="constant", constant=0.25))
    for _ in range(5):
        mask = Mask(model, kind="constant", constant=0.25)
        for item in random.permutation(len(units) + len(synapses)):
            if item < len(units):
                mask.set(*units[item])
            else:
                check(library.ablate_mask_set_synapse(mask.address, *synapses[item - len(units)], 1))
        assert session.run(x, mask).tobytes() == first.tobytes()


def test_the_ways_of_setting_agree():
    _, model, x, _ = net(17)
    session = Session(model)
    bytes_ = np.zeros(20, np.uint8)
    bytes_[[2, 3, 11]] = 1
    one = Mask(model, [(0, 2), (0, 3), (0, 11)])
    two = Mask(model)
    check(library.ablate_mask_set_layer(two.address, 0, pointer(bytes_, c.c_uint8), 20))
    three = Mask(model)
    check(library.ablate_mask_fill_layer(three.address, 0, 1))
    others = [unit for unit in range(20) if not bytes_[unit]]
    check(library.ablate_mask_set_units(three.address, 0, (c.c_size_t * 17)(*others), 17, 0))
    for mask in (one, two, three):
        assert np.array_equal(mask.layer(0), bytes_)
        assert session.run(x, mask).tobytes() == session.run(x, one).tobytes()
        units, synapses = c.c_size_t(), c.c_size_t()
        check(library.ablate_mask_count(mask.address, units, synapses))
        assert (units.value, synapses.value) == (3, 0)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic"])
@pytest.mark.parametrize("classes", [2, 10])
def test_dead_is_scikit_learn_with_the_weights_set_to_zero(activation, classes):
    x, y = load_digits(return_X_y=True)
    x = floats(x / 16)
    network = MLPClassifier((20, 14), activation=activation, max_iter=12, random_state=3).fit(x, y % classes)
    layers, head = from_sklearn(network)
    model = Model.build(layers, head=head)
    session = Session(model)
    x64 = x.astype(float)
    for layer in range(3):
        for unit in range(0, len(layers[layer]["bias"]), 3):
            weights, bias = network.coefs_[layer].copy(), network.intercepts_[layer].copy()
            network.coefs_[layer][:, unit] = 0
            network.intercepts_[layer][unit] = 0
            mask = Mask(model, [(layer, unit)], kind="dead")
            np.testing.assert_allclose(
                session.run(x, mask, "probabilities"), network.predict_proba(x64), rtol=1e-3, atol=3e-6
            )
            assert np.array_equal(session.predict(x, mask), network.predict(x64))
            network.coefs_[layer], network.intercepts_[layer] = weights, bias


def test_masks_survive_their_model():
    _, model, x, _ = net(18)
    session, mask = Session(model), Mask(model, [(0, 0)])
    before = session.run(x, mask)
    info = model.info
    address, model.address = model.address, None
    library.ablate_model_free(address)
    assert info.output_width == 6
    out = np.empty_like(before)
    check(library.ablate_run(session.address, mask.address, pointer(x), len(x), 0, pointer(out)))
    assert out.tobytes() == before.tobytes()
