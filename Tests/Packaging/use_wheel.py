"""Uses an installed libablate where there is nothing else but NumPy."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

import libablate

inside = libablate.__file__.startswith(sys.prefix)
assert inside, libablate.__file__
names = [module.name for module in pkgutil.walk_packages(libablate.__path__, "libablate.")]
# Pictures and reports are drawn by what is not there.
drawing = re.compile(r"\.plot|\.save_animation\(|\breport\(")
finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
for name in names:
    if name != "libablate.sources.sklearn":
        for test in finder.find(importlib.import_module(name), name):
            if not drawing.search("".join(example.source for example in test.examples)):
                runner.run(test)
failed, run = runner.summarize()
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
for draw, extra in ((sweep.plot, "plot"), (lambda: libablate.report(model, x, y, "report.html"), "report")):
    try:
        draw()
    except ImportError as error:
        assert f"pip install 'libablate[{extra}]'" in str(error), error
    else:
        raise AssertionError(f"{extra} was drawn, by whom?")
model.save("model.onnx")
np.savez("rows.npz", X=x, y=y)
ablate = Path(sys.executable).parent / "ablate"
printed = subprocess.run([ablate, "sweep", "model.onnx", "rows.npz"], check=True, capture_output=True, text=True).stdout
assert "Sweep of units: 9 results over 100 rows, 100 right intact" in printed
failing = subprocess.run([ablate, "reproduce", "000", "--out", "study"], capture_output=True, text=True)
assert failing.returncode == 1 and "pip install 'libablate[studies]'" in failing.stderr, failing.stderr
print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, libablate {libablate.__version__}: {run} examples")
