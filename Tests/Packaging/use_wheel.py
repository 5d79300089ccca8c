"""Uses an installed libablate where there is nothing else but NumPy."""

import doctest
import importlib
import pkgutil
import sys

import numpy as np

import libablate

inside = libablate.__file__.startswith(sys.prefix)
assert inside, libablate.__file__
names = [module.name for module in pkgutil.walk_packages(libablate.__path__, "libablate.")]
failed, run = 0, 0
for name in names:
    if name != "libablate.sources.sklearn":
        results = doctest.testmod(importlib.import_module(name))
        failed, run = failed + results.failed, run + results.attempted
assert failed == 0 and run > 50

rng = np.random.default_rng(0)
model = libablate.from_weights(
    [(rng.normal(size=(9, 5)), None, "relu"), (rng.normal(size=(3, 9)), None)], classes=["a", "b", "c"]
)
x = rng.normal(size=(100, 5)).astype(np.float32)
y = model.predict(x)
sweep = libablate.sweep(model, x, y)
for unit in range(9):
    with model.ablate({0: unit}) as ablated:
        assert sweep[0, unit].correct == (ablated.predict(x) == y).sum()
print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, libablate {libablate.__version__}: {run} examples")
