"""The examples in docstrings run and print what they say, and every public function has one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import libablate

MODULES = ["libablate", *(m.name for m in pkgutil.walk_packages(libablate.__path__, "libablate.") if not m.ispkg)]
# Their examples would need frameworks that are not there.
WITHOUT = ("from_torch", "from_keras", "isa")


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_everything_public_is_described():
    for name in libablate.__all__:
        thing = getattr(libablate, name)
        if not callable(thing) or (inspect.isclass(thing) and issubclass(thing, Exception)):
            continue
        assert inspect.getdoc(thing), name
        if inspect.isfunction(thing) and name not in WITHOUT:
            assert ">>>" in inspect.getdoc(thing), name
        for method, member in inspect.getmembers(thing) if inspect.isclass(thing) else ():
            if not method.startswith("_"):
                assert inspect.getdoc(member) or not callable(member), f"{name}.{method}"
