"""The notebooks of the studies run from their first cell to their last, on small data, and draw."""

import json

import idx_files
import pytest

NUMBERS = ("000", "001", "002", "003", "004")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return idx_files.write_mnist(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.filterwarnings("ignore")
def test_notebooks_run(repository, folder, tmp_path, monkeypatch, number):
    nbformat, nbclient = (pytest.importorskip(name) for name in ("nbformat", "nbclient"))
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("ABLATE_DATA", str(folder))
    monkeypatch.setenv("ABLATE_QUICK", "1")
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    notebook = nbformat.read(repository / "Examples" / "Python" / f"study_{number}.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not [output["text"] for output in outputs if output.get("name") == "stderr"]
    assert list(tmp_path.iterdir()) == []


def test_notebooks_are_kept_without_outputs(repository):
    found = sorted((repository / "Examples" / "Python").glob("*.ipynb"))
    assert [path.name for path in found] == [f"study_{number}.ipynb" for number in NUMBERS]
    for path in found:
        for cell in json.loads(path.read_text())["cells"]:
            assert cell["cell_type"] == "markdown" or (cell["outputs"] == [] and cell["execution_count"] is None)
        assert path.stat().st_size < 10_000
