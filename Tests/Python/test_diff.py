"""Differences between models, against NumPy over what ONNX Runtime computes from the saved files."""

import ctypes

import numpy as np
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import libablate._declarations as c
from host import Failure, Mask, Reference, Session
from onnx_models import Model
from random_images import Network
from surgery_host import Diff, chain, prune, random_chain, saved_bytes


def rows(seed, count, width):
    return np.random.default_rng(seed).normal(size=(count, width)).astype(np.float32)


def runtime(model, x):
    """The model's own output by ONNX Runtime, as probabilities in float64."""
    session = onnxruntime.InferenceSession(saved_bytes(model), providers=["CPUExecutionProvider"])
    out = session.run(None, {"input": x})[0].astype(np.float64)
    if model.info.head == c.HEADS["logits"]:
        out = np.exp(out - out.max(axis=1, keepdims=True))
        out /= out.sum(axis=1, keepdims=True)
    return np.exp(out) if model.info.head == c.HEADS["log_softmax"] else out


HEADS = ["logits", "softmax", "log_softmax", "binary", "multilabel", "regression"]


@pytest.mark.parametrize("head", HEADS)
def test_it_is_numpys(head):
    outputs = 1 if head == "binary" else 4
    first = random_chain(1, (8, 30, 20, outputs), "tanh", head)
    second = prune(first, [(0, unit) for unit in range(0, 30, 2)])
    x = rows(3, 500, 8)
    p, q = runtime(first, x), runtime(second, x)
    result = Diff(first, second).feed(x).result
    assert result.rows == 500 and result.labelled == 0
    change = np.abs(q - p)
    assert result.mean_change == pytest.approx(change.mean(), rel=1e-5)
    assert result.largest_change == pytest.approx(change.max(), rel=1e-5)
    assert (result.largest_row, result.largest_class) == np.unravel_index(change.argmax(), change.shape)
    if head == "regression":
        assert result.agreeing == 0 and np.isnan(result.agreement)
        return
    if head == "multilabel":
        agreeing = ((p > 0.5) == (q > 0.5)).all(axis=1).sum()
        assert 0 < agreeing < 500
        assert result.agreeing == agreeing and result.agreement == agreeing / 500
        return
    a, b = p.argmax(axis=1), q.argmax(axis=1)
    classes = p.shape[1]
    y = np.random.default_rng(4).integers(0, classes, 500)
    y[:200] = a[:200]
    diff = Diff(first, second).feed(x, y)
    expected = np.zeros((classes, classes), np.int64)
    np.add.at(expected, (a, b), 1)
    np.testing.assert_array_equal(diff.confusion, expected)
    result = diff.result
    assert (a != b).sum() > 0 and result.agreeing == (a == b).sum() == expected.trace()
    assert result.agreement == (a == b).mean()
    assert result.labelled == 500
    assert result.both_right == ((a == y) & (b == y)).sum() > 0
    assert result.only_first_right == ((a == y) & (b != y)).sum() > 0
    assert result.only_second_right == ((a != y) & (b == y)).sum() > 0
    assert result.both_wrong == ((a != y) & (b != y)).sum() > 0


def test_masks():
    model = random_chain(5, (6, 12, 8, 3))
    x = rows(2, 200, 6)
    reference = Reference(model, x, keep_rows=True)
    mask = Mask(model, [(0, 1), (1, 2)], kind="mean", reference=reference)
    run = Session(model)
    intact, ablated = (run.run(x, mask=each, output="probabilities").astype(np.float64) for each in (None, mask))
    diff = Diff(model, model, masks=(None, mask))
    mask.close()
    result = diff.feed(x).result
    assert result.mean_change == pytest.approx(np.abs(ablated - intact).mean(), rel=1e-6)
    assert Diff(model, model).feed(x).result.largest_change == 0
    # Resampling goes by the number of a row in the stream.
    mask = Mask(model, [(0, 1), (1, 2)], kind="resample", reference=reference, seed=3)
    whole = Diff(model, model, masks=(mask, None)).feed(x)
    parts = Diff(model, model, masks=(mask, None)).feed(x[:70]).feed(x[70:])
    shard = Diff(model, model, masks=(mask, None), first_row=70).feed(x[70:])
    assert whole.bits == parts.bits == Diff(model, model, masks=(mask, None)).feed(x[:70]).merge(shard).bits


@given(st.integers(0, 2**32 - 1), st.sampled_from(HEADS))
@settings(max_examples=25, deadline=None)
def test_threads_batches_and_merges_change_no_bit(seed, head):
    rng = np.random.default_rng(seed)
    outputs = 1 if head == "binary" else int(rng.integers(2, 6))
    width = int(rng.integers(1, 10))
    first, second = (random_chain(seed + extra, (width, 12, outputs), "relu", head) for extra in (0, 1))
    count = int(rng.integers(1, 900))
    x = rows(seed, count, width)
    y = None
    if head not in ("multilabel", "regression"):
        y = rng.integers(0, max(2, outputs), count)
    whole = Diff(first, second).feed(x, y)
    cuts = [0, *sorted(rng.integers(0, count + 1, 3)), count]
    parts = [slice(*pair) for pair in zip(cuts, cuts[1:], strict=False)]
    batches = Diff(first, second, threads=3)
    for part in parts:
        batches.feed(x[part], None if y is None else y[part])
    shards = []
    for part in parts:
        shard = Diff(first, second, first_row=part.start, threads=2)
        shards.append(shard.feed(x[part], None if y is None else y[part]))
    rng.shuffle(shards)
    merged = Diff(first, second)
    for shard in shards:
        merged.merge(shard)
    assert whole.bits == batches.bits == merged.bits


def test_only_the_same_models_and_masks_are_merged():
    x = rows(2, 30, 4)
    one, other = (random_chain(seed, (4, 5, 3)) for seed in (1, 2))
    copy = Model(saved_bytes(one))
    mask, same, constant, reached = (
        Mask(model, units, **how)
        for model, units, how in [
            (one, [(0, 1)], {}),
            (copy, [(0, 1)], {}),
            (one, [(0, 1)], {"kind": "constant", "constant": 2.0}),
            (one, [(0, 2)], {}),
        ]
    )

    def made(first, second, *masks):
        return Diff(first, second, masks=masks or (None, None)).feed(x)

    diff, ablated = made(one, other), made(one, one, None, mask)
    before = diff.bits, ablated.bits
    for target, bad in [
        (diff, made(other, one)), (diff, made(one, one)), (diff, made(one, other, mask, None)),
        (ablated, made(one, one)), (ablated, made(one, one, mask, None)), (ablated, made(one, one, None, constant)),
        (ablated, made(one, one, None, reached)),
    ]:  # fmt: skip
        with pytest.raises(Failure, match="differ in their models or masks"):
            target.merge(bad)
    assert before == (diff.bits, ablated.bits)
    # Of the same file loaded twice, and of a mask that holds nothing.
    assert ablated.merge(made(copy, copy, Mask(copy, []), same)).result.rows == 60


def test_threads_that_share_an_image_change_no_bit():
    models = []
    for seed in (1, 2):
        network = Network(seed, (4, 48, 40))
        network.conv(24)
        network.conv(16, stride=2)
        models.append(Model(network.end(wide=False).proto()))
    mask = Mask(models[1], [(0, 3)], synapses=[(1, 2, 5)])
    x, y = rows(1, 3, 4 * 48 * 40), [0, 2, 1]
    expected = Diff(*models, masks=(None, mask)).feed(x, y).bits
    assert expected == Diff(*models, masks=(None, mask), threads=4).feed(x, y).bits
    batches = Diff(*models, masks=(None, mask), threads=3)
    assert expected == batches.feed(x[:1], y[:1]).feed(x[1:], y[1:]).bits


def test_nothing_fed():
    model = random_chain(1, (3, 4, 2))
    for diff in (Diff(model, model), Diff(model, model).feed(np.zeros((0, 3)))):
        result = diff.result
        assert (result.rows, result.agreeing, result.largest_row, result.largest_class) == (0, 0, -1, c.NONE)
        assert np.isnan([result.agreement, result.mean_change, result.largest_change]).all()
        assert not diff.confusion.any()


def test_ties_and_values_that_are_no_numbers():
    first = chain(1, [{"weights": np.array([[1.0], [1.0]]), "bias": np.zeros(2)}], "regression")
    second = chain(1, [{"weights": np.array([[2.0], [0.0]]), "bias": np.zeros(2)}], "regression")
    x = np.array([[1], [-3], [3], [2]], np.float32)
    result = Diff(first, second, threads=2).feed(x).result
    assert (result.largest_change, result.largest_row, result.largest_class) == (3, 1, 0)
    assert result.mean_change == (1 + 3 + 3 + 2) / 4
    x[2:, 0] = np.inf, np.nan
    result = Diff(first, second).feed(x).result
    # inf - inf of output 0 is NaN, the first there is.
    assert np.isnan(result.largest_change) and (result.largest_row, result.largest_class) == (2, 0)
    assert np.isnan(result.mean_change)


def test_a_cancelled_feed_counts_nothing():
    model, other = random_chain(1, (30, 40, 3)), random_chain(2, (30, 40, 3))
    x = rows(1, 20_000, 30)
    answers = []

    def progress(done, total, _):
        answers.append((done, total))
        return len(answers) == 2

    diff = Diff(model, other, progress=progress)
    before = diff.bits
    with pytest.raises(Failure) as failure:
        diff.feed(x)
    assert failure.value.status == c.CANCELLED and diff.bits == before and len(answers) == 2
    diff.feed(x)
    assert answers[-1] == (20_000, 20_000)
    assert diff.bits == Diff(model, other).feed(x).bits


def test_what_is_refused():
    model = random_chain(1, (4, 6, 3))
    cases = [
        ((model, random_chain(1, (5, 6, 3))), {}, "rows of 4 values, the second of 5"),
        ((model, random_chain(1, (4, 6, 2))), {}, "3 classes, the second 2"),
        ((model, random_chain(1, (4, 6, 3), head="regression")), {}, "3 classes, the second 0"),
        (
            (random_chain(1, (4, 3), head="multilabel"), random_chain(1, (4, 3), head="regression")),
            {},
            "both be multilabel or both regressions",
        ),
        ((random_chain(1, (4, 3), head="regression"), random_chain(1, (4, 2), head="regression")), {}, "3 and 2"),
        ((model, model), {"masks": (Mask(random_chain(1, (4, 6, 3))), None)}, "first mask"),
        ((model, model), {"masks": (None, Mask(random_chain(1, (4, 6, 3))))}, "second mask"),
        ((model, model), {"threads": 257}, "threads is 257"),
        ((model, model), {"first_row": 2**62 + 1}, "2^62"),
    ]
    for models, how, text in cases:
        with pytest.raises(Failure) as failure:
            Diff(*models, **how)
        assert failure.value.status == c.INVALID_ARGUMENT and text in failure.value.text
    x = rows(1, 10, 4)
    diff = Diff(model, model).feed(x, np.zeros(10))
    before = diff.bits
    for labels, text in ((np.full(10, 3), "label 3 of row 0"), (np.arange(10) - 9, "label -9 of row 0")):
        with pytest.raises(Failure) as failure:
            diff.feed(x, labels)
        assert failure.value.status == c.INVALID_ARGUMENT and text in failure.value.text
    other = random_chain(1, (4, 6, 2))
    for bad, text in ((Diff(other, other), "models or masks"), (diff, "itself")):
        with pytest.raises(Failure) as failure:
            diff.merge(bad)
        assert failure.value.status == c.INVALID_ARGUMENT and text in failure.value.text
    assert diff.bits == before
    values = random_chain(1, (4, 3), head="regression")
    with pytest.raises(Failure) as failure:
        Diff(values, values).feed(x, np.zeros(10))
    assert failure.value.status == c.INVALID_ARGUMENT and "labels are for" in failure.value.text
    unclassed = Diff(values, values)
    unclassed.classes = 1
    with pytest.raises(Failure) as failure:
        _ = unclassed.confusion
    assert failure.value.status == c.UNSUPPORTED
    assert ctypes.sizeof(c.DiffResult) == 104
