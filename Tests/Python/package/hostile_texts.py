"""A model whose texts are markup for whoever takes them for that."""

import numpy as np

import libablate

LABELS = [
    "<img src=x onerror=alert(1)>",
    "</script><script>document.title='broken'</script>",
    "<a href='javascript:alert(1)'>x</a>%{x}",
    r"<b>$\pi$</b>",
    "a &lt; b",
]


def model_and_rows():
    """A model, rows and labels whose texts are markup."""
    rng = np.random.default_rng(5)
    layers = [(rng.normal(size=(9, 6)), None, "relu"), (rng.normal(size=(5, 9)), None)]
    model = libablate.from_weights(
        [libablate.Dense(*layers[0], name="<b>one</b>"), libablate.Dense(*layers[1])], classes=LABELS
    )
    rows = rng.normal(size=(80, 6)).astype(np.float32)
    labels = model.predict(rows)
    labels[::9] = LABELS[0]
    return model, rows, labels
