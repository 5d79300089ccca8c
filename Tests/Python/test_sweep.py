"""A sweep is what the same ablations give one by one: every field, from masked runs."""

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

import libablate._declarations as c
import oracle
from host import Failure, Mask, Model, Reference, Session, Sweep, floats
from test_forward import from_sklearn

METRICS = ("confusion", "log_loss", "label_probability")
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def matrix(labels, predicted, classes):
    out = np.zeros((classes, classes), np.int64)
    np.add.at(out, (labels, predicted), 1)
    return out


def assert_losses(result, head, scores, labels):
    """Log-loss and probability of the label, in float64 from the library's own scores."""
    scores = scores.astype(float)
    if head == "binary":
        signed = np.where(labels == 1, scores[:, 0], -scores[:, 0])
        logs = -np.logaddexp(0, -signed)
    else:
        logs = oracle.log_softmax(scores)[np.arange(len(labels)), labels]
    # The scores are float32: a score of size s carries an error of s units in the last place into its difference.
    size = np.abs(scores).max() + 1
    np.testing.assert_allclose(result.log_loss, -logs.mean(), rtol=2e-6, atol=4 * oracle.UNIT * size)
    # Of a binary model P(class 0) is 1 - P(class 1), exact where that is 1/2 or more, and so off by as much as the
    # sigmoid: at most 3 units in its last place (ElementwiseTests), which are of numbers up to 1.
    near = 3 * oracle.UNIT if head == "binary" else 1e-12
    np.testing.assert_allclose(result.label_probability, np.exp(logs).mean(), rtol=4e-6, atol=near)


def assert_sweep_is_runs(sweep, model, x, labels, head, layers, **how):
    session = Session(model)
    classes = model.info.class_count
    intact = session.predict(x)
    right = intact == labels
    assert sweep.intact.rows == len(x) and sweep.intact.correct == right.sum()
    assert np.array_equal(sweep.confusion(), matrix(labels, intact, classes))
    assert_losses(sweep.intact, head, session.run(x), labels)
    expected = [(layer, unit) for layer in layers for unit in range(model.layer(layer).units)]
    assert [(result.layer, result.unit) for result in sweep] == expected
    for index, result in enumerate(sweep):
        mask = Mask(model, [(result.layer, result.unit)], **how)
        predicted = session.predict(x, mask)
        now = predicted == labels
        figures = (result.rows, result.correct, result.lost, result.gained, result.changed)
        wanted = (len(x), now.sum(), (right & ~now).sum(), (~right & now).sum(), (predicted != intact).sum())
        assert figures == wanted
        assert result.effect == (result.gained - result.lost) / len(x)
        assert np.array_equal(sweep.confusion(index), matrix(labels, predicted, classes))
        assert_losses(result, head, session.run(x, mask), labels)


@SETTINGS
@given(
    seed=st.integers(0, 2**32),
    hidden=st.lists(st.integers(1, 40), min_size=1, max_size=3),
    classes=st.integers(2, 40),
    activation=st.sampled_from(oracle.ALL),
    kind=st.sampled_from(list(c.REPLACEMENTS)),
    head=st.sampled_from(["logits", "softmax", "log_softmax", "binary"]),
    rows=st.integers(1, 150),
    threads=st.integers(1, 2),
    output_too=st.booleans(),
)
# Probabilities of 0.0006 and less.
@example(2, [17, 3, 5], 3, "identity", "constant", "binary", 1, 1, True)
@example(2, [22, 22, 14], 2, "identity", "zero", "binary", 2, 1, False)
def test_every_field(seed, hidden, classes, activation, kind, head, rows, threads, output_too):
    random = np.random.default_rng(seed)
    widths = (int(random.integers(1, 30)), *hidden, 1 if head == "binary" else classes)
    layers = oracle.network(random, widths, activation, spread=1.5)
    model = Model.build(layers, head=head)
    x = floats(random.normal(size=(rows, widths[0])))
    labels = random.integers(0, model.info.class_count, rows)
    reference = Reference(model, random.normal(size=(int(random.integers(1, 60)), widths[0])), keep_rows=True)
    how = {"kind": kind, "constant": float(random.normal()), "seed": seed, "reference": None}
    if kind in ("mean", "resample"):
        how["reference"] = reference
    chosen = list(range(len(widths) - 1)) if output_too else list(range(len(widths) - 2))
    sweep = Sweep(model, chosen if output_too else None, METRICS, threads, **how)
    cuts = sorted(random.integers(0, rows + 1, 3))
    starts, ends = [0, *cuts], [*cuts, rows]
    if kind == "resample":  # rows of the whole stream take turns, so runs must see them at once
        starts, ends = [0], [rows]
    for start, end in zip(starts, ends, strict=True):
        sweep.feed(x[start:end], labels[start:end])
    assert_sweep_is_runs(sweep, model, x, labels, head, chosen, **how)


@SETTINGS
@given(seed=st.integers(0, 2**32), kind=st.sampled_from(list(c.REPLACEMENTS)))
def test_batches_and_threads_change_no_bit(seed, kind):
    random = np.random.default_rng(seed)
    model = Model.build(oracle.network(random, (10, 25, 12, 5), "tanh"))
    x = floats(random.normal(size=(int(random.integers(1, 700)), 10)))
    labels = random.integers(0, 5, len(x))
    reference = Reference(model, x[:50], keep_rows=True)
    how = {"kind": kind, "seed": 1, "reference": reference if kind in ("mean", "resample") else None}
    whole = Sweep(model, [1, 0, 2], METRICS, 1, **how).feed(x, labels)
    parts = Sweep(model, [1, 0, 2], METRICS, 2, **how)
    start = 0
    while start < len(x):
        end = start + int(random.integers(0, 130))
        parts.feed(x[start:end], labels[start:end])
        start = end
    assert whole.table() == parts.table()
    for index in [None, *range(len(whole))]:
        assert np.array_equal(whole.confusion(index), parts.confusion(index))


def predictions(session, x, result, of, layer, how):
    """What a run with an item of a sweep ablated predicts."""
    if of == "inputs":
        without = x.copy()
        without[:, result.input] = how.get("constant", 0)
        return session.predict(without)
    if of == "synapses":
        return session.predict(x, Mask(session.model, synapses=[(result.layer, result.unit, result.input)]))
    units = [(result.layer, result.unit)]
    if result.second_unit != c.NONE:
        units.append((layer if result.second_layer == c.NONE else result.second_layer, result.second_unit))
    return session.predict(x, Mask(session.model, units, **how))


@SETTINGS
@given(
    seed=st.integers(0, 2**32),
    hidden=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    classes=st.one_of(st.integers(2, 16), st.integers(17, 60)),
    activation=st.sampled_from(["identity", "relu", "tanh", "gelu"]),
    of=st.sampled_from(["units", "synapses", "inputs", "pairs"]),
    whole=st.booleans(),
)
def test_counts_alone(seed, hidden, classes, activation, of, whole):
    """Where more than counts is asked for nothing is proven; whole numbers make ties."""
    random = np.random.default_rng(seed)
    layers = oracle.network(random, (5, *hidden, classes), activation, spread=1.5)
    x = floats(random.normal(size=(40, 5)))
    if whole:
        x = np.round(2 * x)
        for layer in layers:
            layer["weights"], layer["bias"] = np.round(3 * layer["weights"]), np.round(3 * layer["bias"])
    model = Model.build(layers)
    session = Session(model)
    how = {} if of == "synapses" else {"kind": "constant", "constant": float(random.integers(-2, 3))}
    intact, labels = session.predict(x), random.integers(0, classes, len(x))
    layer = int(random.integers(0, len(hidden)))
    sweep = Sweep(model, None if of == "inputs" else [layer], (), of=of, **how).feed(x, labels)
    for result in sweep:
        now = predictions(session, x, result, of, layer, how)
        changed = now != intact
        lost, gained = changed & (intact == labels), changed & (now == labels)
        assert (result.lost, result.gained, result.changed) == (lost.sum(), gained.sum(), changed.sum())


@pytest.mark.parametrize("threads", [1, 2])
def test_many_items_with_many_changes(threads):
    """All rows hold the same numbers in other places: class 0 leads by 1, and loses what the left out input is."""
    random = np.random.default_rng(6)
    inputs, units = 130, 150
    x = random.permuted(np.tile(np.arange(inputs) % 4, (120, 1)), axis=1)
    lead = units * x[0].sum() - 1
    layers = [
        {"weights": np.ones((units, inputs)), "bias": np.zeros(units), "activation": "relu"},
        {"weights": np.stack([np.ones(units), np.zeros(units)]), "bias": np.array([0, lead]), "activation": "identity"},
    ]
    labels = random.integers(0, 2, len(x))
    sweep = Sweep(Model.build(layers), [0], (), threads, of="synapses").feed(x, labels)
    # A tie goes to class 0.
    changed = x >= 2
    lost, gained = (changed[labels == label].sum(axis=0) for label in (0, 1))
    counts = [(result.lost, result.gained, result.changed) for result in sweep]
    assert counts == units * list(zip(lost, gained, lost + gained, strict=True))


@pytest.mark.parametrize("kind", ["zero", "dead", "mean", "constant"])
def test_row_order_changes_no_bit(kind):
    random = np.random.default_rng(4)
    model = Model.build(oracle.network(random, (10, 30, 5), "sigmoid"))
    x, labels = floats(random.normal(size=(400, 10))), random.integers(0, 5, 400)
    how = {"kind": kind, "reference": Reference(model, x) if kind == "mean" else None}
    order = random.permutation(400)
    one = Sweep(model, [0, 1], METRICS, **how).feed(x, labels)
    two = Sweep(model, [0, 1], METRICS, **how).feed(x[order], labels[order])
    assert one.table() == two.table()


@pytest.mark.parametrize("kind", ["zero", "dead", "mean", "constant", "resample"])
@pytest.mark.parametrize("activation", ["relu", "logistic"])
def test_digits(kind, activation):
    x, y = load_digits(return_X_y=True)
    x = floats(x / 16)
    network = MLPClassifier((32, 16), activation=activation, max_iter=15, random_state=0).fit(x[::2], y[::2])
    layers, head = from_sklearn(network)
    model = Model.build(layers, head=head)
    reference = Reference(model, x[::2], keep_rows=True) if kind in ("mean", "resample") else None
    how = {"kind": kind, "constant": 0.5, "seed": 7, "reference": reference}
    sweep = Sweep(model, [0, 1, 2], METRICS, 2, **how).feed(x, y)
    assert_sweep_is_runs(sweep, model, x, y, head, [0, 1, 2], **how)


def test_metrics_not_asked_for_are_nan():
    model = Model.build(oracle.network(np.random.default_rng(0), (3, 4, 2)))
    sweep = Sweep(model).feed(np.ones((5, 3)), np.zeros(5))
    assert np.isnan(sweep[0].log_loss) and np.isnan(sweep[0].label_probability)
    without = Sweep(model, metrics=()).feed(np.ones((5, 3)), np.zeros(5))
    without.confusion()
    with pytest.raises(Failure) as failure:
        without.confusion(0)
    assert failure.value.status == c.INVALID_ARGUMENT


def test_before_any_rows():
    model = Model.build(oracle.network(np.random.default_rng(0), (3, 4, 2)))
    sweep = Sweep(model, metrics=METRICS)
    sweep.feed(np.empty((0, 3)), np.empty(0))
    for result in [*sweep, sweep.intact]:
        assert (result.rows, result.correct, result.changed, result.effect) == (0, 0, 0, 0)
        assert np.isnan(result.log_loss) and np.isnan(result.label_probability)


def test_a_wrong_label_counts_nothing():
    random = np.random.default_rng(0)
    model = Model.build(oracle.network(random, (3, 4, 2)))
    x = random.normal(size=(300, 3))
    sweep = Sweep(model).feed(x, np.zeros(300))
    before = sweep.table()
    for wrong in (2, -1, 2**31 - 1, -(2**31)):
        labels = np.zeros(300, np.int64)
        labels[299] = wrong
        with pytest.raises(Failure) as failure:
            sweep.feed(x, labels)
        assert failure.value.status == c.INVALID_ARGUMENT and str(wrong) in failure.value.text
        assert sweep.table() == before


@pytest.mark.parametrize("threads", [1, 2])
def test_cancel(threads):
    random = np.random.default_rng(1)
    model = Model.build(oracle.network(random, (40, 200, 100, 5)))
    x, labels = floats(random.normal(size=(4000, 40))), random.integers(0, 5, 4000)
    calls = []
    stop_at = {"call": None}

    def progress(done, total, _):
        calls.append((done, total))
        return int(stop_at["call"] is not None and len(calls) >= stop_at["call"])

    sweep = Sweep(model, progress=progress, threads=threads)
    sweep.feed(x[:2000], labels[:2000])
    assert calls and all(0 <= done <= total for done, total in calls)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert len({total for _, total in calls}) == 1
    before = sweep.table()
    stop_at["call"] = len(calls) + 1
    for _ in range(2):
        with pytest.raises(Failure) as failure:
            sweep.feed(x[2000:], labels[2000:])
        assert failure.value.status == c.CANCELLED
        assert sweep.table() == before


def test_multilabel_models_cannot_be_swept():
    model = Model.build(oracle.network(np.random.default_rng(0), (3, 4, 2)), head="multilabel")
    with pytest.raises(Failure) as failure:
        Sweep(model)
    assert failure.value.status == c.UNSUPPORTED
