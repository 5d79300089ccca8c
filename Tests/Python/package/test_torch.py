"""Networks of PyTorch answer as they do there."""

from collections import OrderedDict

import numpy as np
import pytest

import libablate

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn = torch.nn


def activations():
    return [nn.ReLU(), nn.LeakyReLU(0.2), nn.ELU(0.7), nn.SELU(), nn.Tanh(), nn.Sigmoid(), nn.Softplus(), nn.GELU(),
            nn.GELU(approximate="tanh"), nn.SiLU(), nn.Hardsigmoid(), nn.Hardswish(), nn.Identity()]  # fmt: skip


def trained(module, x):
    """As if trained: running statistics that are none of the initial ones."""
    for _ in range(3):
        module(x)
    return module.eval()


@pytest.mark.parametrize("activation", activations(), ids=str)
def test_activations(activation):
    torch.manual_seed(1)
    x = torch.randn(50, 6)
    module = nn.Sequential(nn.Linear(6, 9), activation, nn.Linear(9, 3))
    model = libablate.from_torch(module, x, classes=["a", "b", "c"])
    with torch.no_grad():
        expected = module(x).numpy()
    np.testing.assert_allclose(model.scores(x), expected, atol=1e-5)
    assert model.predict(x).tolist() == ["abc"[label] for label in expected.argmax(axis=1)]


def test_images_normalisations_and_dropout():
    torch.manual_seed(2)
    x = torch.rand(40, 1, 5, 5)
    inner = nn.Sequential(nn.Linear(12, 8, bias=False), nn.BatchNorm1d(8, affine=False), nn.Tanh())
    module = trained(
        nn.Sequential(
            nn.Flatten(), nn.BatchNorm1d(25), nn.Linear(25, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.BatchNorm1d(12),
            nn.Dropout(0.5), inner, nn.Linear(8, 4), nn.LogSoftmax(dim=1),
        ),
        x,
    )  # fmt: skip
    model = libablate.from_torch(module, x)
    assert model.head == "log_softmax" and [layer.units for layer in model.layers] == [12, 8, 4]
    with torch.no_grad():
        np.testing.assert_allclose(model.outputs(x), module(x).numpy(), atol=1e-5)


@pytest.mark.parametrize(("outputs", "head"), [(1, "binary"), (3, "multilabel")])
def test_a_sigmoid_at_the_end(outputs, head):
    x = torch.randn(30, 4)
    module = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, outputs), nn.Sigmoid())
    model = libablate.from_torch(module, x)
    assert model.head == head
    with torch.no_grad():
        np.testing.assert_allclose(model.predict_proba(x)[:, -outputs:], module(x).numpy(), atol=1e-6)


class Branching(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        return self.first(x) + self.second(x)


def test_weights_of_float64():
    x = torch.randn(20, 4, dtype=torch.float64)
    module = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3)).double()
    model = libablate.from_torch(module, x)
    with torch.no_grad():
        np.testing.assert_allclose(model.scores(x), module(x).numpy(), atol=1e-5)


def test_a_module_that_comes_twice_runs_twice():
    torch.manual_seed(4)
    x, shared = torch.randn(20, 4), nn.Linear(4, 4)
    module = nn.Sequential(shared, nn.ReLU(), shared, nn.Sequential(shared, nn.Tanh()), nn.Linear(4, 3))
    model = libablate.from_torch(module, x)
    assert [layer.name for layer in model.layers] == ["0", "2", "3.0", "4"]
    with torch.no_grad():
        np.testing.assert_allclose(model.scores(x), module(x).numpy(), atol=1e-5)


def test_names_of_what_is_part_of_a_layer():
    parts = OrderedDict(
        c=nn.Conv2d(1, 4, 2), norm=nn.BatchNorm2d(4), relu=nn.ReLU(), drop=nn.Dropout(), pool=nn.MaxPool2d(2),
        flat=nn.Flatten(), fc=nn.Linear(16, 3),
    )  # fmt: skip
    model = libablate.from_torch(nn.Sequential(parts).eval(), torch.rand(3, 1, 5, 5))
    for name in ("norm", "relu", "drop"):
        with pytest.raises(
            KeyError, match=f"'{name}', which goes with the layer in front of it, 'c'; there are 'c', 'fc'"
        ):
            model.ablate({name: 1})
    with pytest.raises(KeyError, match=r"'pool', which is a step without units \(max pooling\); there are 'c', 'fc'"):
        model.layers["pool"]
    with pytest.raises(KeyError, match="no layer is called 'flat'; there are 'c', 'fc'"):
        model.layers["flat"]


def test_what_does_more_than_its_children_is_refused():
    x = torch.randn(5, 4)
    with pytest.raises(libablate.UnsupportedError, match="one after the other"):
        libablate.from_torch(Branching(), x)
    for module, said in (
        (
            nn.Sequential(nn.Linear(4, 3), nn.Mish()),
            "^module '1' is a Mish, which from_torch does not know; load may, as",
        ),
        (nn.Sequential(nn.Linear(4, 3), nn.PReLU()), "^module '1' is a PReLU, which is beyond this version$"),
        (
            nn.Sequential(nn.Sequential(nn.LayerNorm(4)), nn.Linear(4, 3)),
            "^module '0.0' is a LayerNorm, which is beyond",
        ),
        (nn.Sequential(nn.LSTM(4, 3), nn.Linear(3, 3)), "^module '0' is a LSTM, which is beyond this version$"),
        (
            nn.Sequential(nn.Linear(4, 3), nn.Softmax(1), nn.Linear(3, 3)),
            "^2 behind a softmax: .* only known at the end$",
        ),
    ):
        with pytest.raises(libablate.UnsupportedError, match=said):
            libablate.from_torch(module, x)
    lazy = nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.Linear(3, 2))
    with pytest.raises(
        ValueError, match="^module '0' is a LazyLinear, whose weights are not there yet: run the network"
    ):
        libablate.from_torch(lazy, x)
    lazy(x)
    assert libablate.from_torch(lazy, x).layers[0].units == 3
    # A normalisation of what comes in beside the layer that is listed in front of it.
    wide = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(4), nn.Linear(4, 2))
    with pytest.raises(libablate.UnsupportedError, match="one after the other.*1 has 4 values, and 3 units in front"):
        libablate.from_torch(wide, x)
    with pytest.raises(libablate.UnsupportedError, match="Conv3d"):
        libablate.from_torch(nn.Sequential(nn.Conv3d(1, 1, 1), nn.Flatten(), nn.Linear(4, 4)), x)


class Scaling(nn.Module):
    """Its children alone take 0 for what they do, too."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Linear(6, 3)

    def forward(self, x):
        return self.dense(2 * x)


@pytest.mark.parametrize(
    "example",
    [torch.zeros(1, 6), np.zeros((3, 6)), torch.rand(4, 6), torch.rand(4, 6).half(), torch.rand(4, 6).bfloat16()],
)
def test_an_example_that_tells_nothing_does_not_hide_what_a_module_does(example):
    with pytest.raises(libablate.UnsupportedError, match="does more than run its modules"):
        libablate.from_torch(Scaling(), example)
    same = libablate.from_torch(nn.Sequential(nn.Linear(6, 3)), example)
    assert same.scores(np.ones((1, 6))).shape == (1, 3)


def test_an_example_may_have_a_gradient():
    libablate.from_torch(nn.Sequential(nn.Linear(6, 3)), torch.rand(4, 6, requires_grad=True))


@pytest.mark.parametrize(
    ("example", "said"),
    [(torch.zeros(0, 6), "has no values"), (torch.full((2, 6), torch.nan), "not finite"), (torch.zeros(6), "a batch")],
)
def test_examples_of_nothing_are_refused(example, said):
    with pytest.raises(ValueError, match=said):
        libablate.from_torch(nn.Sequential(nn.Linear(6, 3)), example)
