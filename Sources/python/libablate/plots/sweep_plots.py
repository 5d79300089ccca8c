"""The pictures that can be asked of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .._sweep import Sweep


class SweepPlots:
    """Pictures of a sweep, drawn by matplotlib: `pip install 'libablate[plot]'`.

    What draws one panel takes `ax`, matplotlib axes to draw into, by default those of a new figure, and returns it.
    What draws several returns its figure.
    """

    def plot(
        self,
        ax: Axes | None = None,
        *,
        layer: Any = None,
        column: str = "effect",
        label: str | None = None,
        shape: Any = None,
    ) -> Axes:
        """Draws what each item changes: sorted within each layer; of a cumulative sweep, step by step.

        Of a sweep of inputs that are an image, it is that image, as :meth:`plot_map` draws it.

        Parameters
        ----------
        ax : matplotlib axes, optional
        layer : int, str or Layer, optional
            That layer alone; of outgoing synapses, those into it.
        column : str
            A column of counts or figures, such as "lost", or a metric that was asked for, such as "log_loss".
        label : str, optional
            Of a cumulative sweep, the name of its curve in a legend.
        shape : tuple of int, optional
            Of a sweep of inputs, the shape of a row as an image, as for :meth:`plot_map`; by default that of the
            model's input if it is one.

        Returns
        -------
        matplotlib axes
            Effects on accuracy are in percentage points. The dark line across is the intact model; orange is better
            than it, blue is worse, and grey neither.

        Raises
        ------
        ImportError
            matplotlib is missing.
        ValueError
            No rows were fed, or the column was not counted.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> ax = libablate.sweep(model, np.eye(2), [0, 1]).plot()
        >>> ax.get_ylabel(), ax.patches[-1].get_data().values.tolist()
        ('effect on accuracy, percentage points', [-50.0, 0.0])
        """
        from . import images, impact, matrices

        sweep = cast("Sweep", self)
        if shape is not None and sweep.kind != "inputs":
            raise ValueError(f"shape is that of inputs as an image; this is a sweep of {sweep.kind}: see plot_map")
        if sweep.kind == "cumulative":
            if layer is not None:
                raise ValueError("a cumulative sweep is one curve: it has no layers to choose from")
            return impact.plot_steps(sweep, ax, column, label)
        if label is not None:
            raise ValueError(f"a label names the curve of a cumulative sweep; this is one of {sweep.kind}")
        may_be_image = sweep.kind == "inputs" and layer is None
        if may_be_image and images.image_shape(sweep.model, shape, sweep.model.input_width) is not None:
            return matrices.plot_map(sweep, None, None, shape, ax, column)
        return impact.plot_impact(sweep, ax, layer, column)

    def plot_confusion(self, key: Any = None, ax: Axes | None = None, *, change: bool = False) -> Axes:
        """Draws the confusion matrix while an item is ablated, or without one that of the intact model.

        Parameters
        ----------
        key : int or tuple, optional
            The item, as in `sweep[key]`.
        ax : matplotlib axes, optional
        change : bool
            What the ablation adds to the intact matrix instead: counts with a sign.

        Returns
        -------
        matplotlib axes
            Colours are shares of each label's rows, numbers are rows; those that the ablation changes are bold.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> libablate.sweep(model, np.eye(2), [0, 1]).plot_confusion((0, 1)).get_title()
        'layer 0, unit 1 ablated\\n50.00% right'
        """
        from . import matrices

        return matrices.plot_confusion(cast("Sweep", self), key, ax, change)

    def plot_before_after(self, key: Any) -> Figure:
        """Draws three confusion matrices: intact, with an item ablated, and what that adds.

        Parameters
        ----------
        key : int or tuple
            The item, as in `sweep[key]`.

        Returns
        -------
        matplotlib figure

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(2), None, "relu"), (np.eye(2), None)])
        >>> figure = libablate.sweep(model, np.eye(2), [0, 1]).plot_before_after((0, 1))
        >>> [ax.get_title() for ax in figure.axes[:3]]
        ['intact\\n100.00% right', 'layer 0, unit 1 ablated\\n50.00% right', 'change by\\nlayer 0, unit 1']
        """
        from . import matrices

        return matrices.plot_before_after(cast("Sweep", self), key)

    def plot_map(
        self,
        ax: Axes | None = None,
        *,
        unit: Any = None,
        layer: Any = None,
        shape: Any = None,
        column: str = "effect",
    ) -> Axes:
        """Draws a sweep of synapses, inputs or pairs with each item in its place.

        Parameters
        ----------
        ax : matplotlib axes, optional
        unit : (layer, unit), optional
            Of synapses, those into this unit; without one, all of the layer, units by inputs.
        layer : int, str or Layer, optional
            Of synapses, the layer; needed if several were swept.
        shape : tuple of int, optional
            The shape of the inputs as an image, (rows, columns) or (channels, rows, columns); by default that of the
            model's input if it is one. Channels are drawn side by side.
        column : str
            As for :meth:`plot`; "interaction" for pairs.

        Returns
        -------
        matplotlib axes
            Effects and interactions are orange where they are for the better, purple where for the worse, and white
            where they are 0: the darker, the larger, up to the largest of either sign. Other columns are blue, from
            the least, white, to the most, dark.

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(4), None)], input_shape=(2, 2))
        >>> ax = libablate.synapses(model, np.eye(4), [0, 1, 2, 3]).plot_map(unit=(0, 3))
        >>> ax.images[0].get_array().tolist()
        [[0.0, 0.0], [0.0, -25.0]]
        """
        from . import matrices

        return matrices.plot_map(cast("Sweep", self), unit, layer, shape, ax, column)

    def plot_changed_rows(
        self,
        X: Any,
        key: Any,
        *,
        y: Any = None,
        shape: Any = None,
        which: str = "changed",
        count: int = 16,
        columns: int = 8,
    ) -> Figure:
        """Draws the first rows whose prediction an item changes as images, with their predictions.

        Parameters
        ----------
        X : array, [rows, ...]
            All rows that were swept: those of number 0, 1, ... of the sweep, which was made with the metric
            changed_rows.
        key : int or tuple
            The item, as in `sweep[key]`.
        y : array, [rows], optional
            Their labels: then they are told, and what is lost and what is gained has its own colour.
        shape : tuple of int, optional
            As for :meth:`plot_map`; three channels are drawn as red, green and blue.
        which : {"changed", "lost", "gained"}
        count, columns : int
            How many rows at most (the sweep keeps `changed_row_limit` of an item), and side by side.

        Returns
        -------
        matplotlib figure

        Examples
        --------
        >>> import libablate, numpy as np
        >>> model = libablate.from_weights([(np.eye(4), None, "relu"), (np.eye(4), None)], input_shape=(2, 2))
        >>> sweep = libablate.sweep(model, np.eye(4), [0, 1, 2, 3], metrics=["changed_rows"])
        >>> figure = sweep.plot_changed_rows(np.eye(4), (0, 3))
        >>> figure.axes[0].get_title()
        'row 3\\n3 → 0'
        """
        from . import images

        return images.plot_changed_rows(cast("Sweep", self), X, key, y, shape, which, count, columns)
