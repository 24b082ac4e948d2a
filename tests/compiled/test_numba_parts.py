"""The inner parts of Numba that compiled/ and week/visible_use.py rest on: the one list, and in words what a version
lacks. Numba promises nothing about them; pyproject.toml therefore bounds its version above."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import numba
import pytest

import diffusion_sim

PACKAGE = Path(diffusion_sim.__file__).parent
PARTS = {
    "numba.core.cgutils": ("create_struct_proxy", "for_range_slice", "get_or_insert_function", "pack_array", "true_bit",
                           "false_bit", "unpack_tuple", "is_not_null"),
    "numba.core.errors": ("NumbaError", "TypingError"),
    "numba.core.imputils": ("lower_getattr_generic", "lower_setattr_generic"),
    "numba.core.types": ("unliteral",),
    "numba.core.typing": ("signature",),
    "numba.core.typing.templates": ("AbstractTemplate", "AttributeTemplate", "ConcreteTemplate", "infer_getattr",
                                    "infer_global", "signature"),
    "numba.extending": ("NativeValue", "intrinsic", "lower_builtin", "models", "overload", "register_model",
                        "typeof_impl", "unbox"),
    "numba.np.arrayobj": ("make_array", "populate_array"),
    "numba.np.numpy_support": ("from_dtype",),
}  # fmt: skip
OF_A_KERNEL = ("py_func", "targetoptions", "overloads", "get_call_template", "get_overload")


@pytest.mark.mesa_versions
@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in PARTS.items() for name in names])
def test_numba_has(module, name):
    home = importlib.import_module(module)
    assert hasattr(home, name), (
        f"Numba {numba.__version__} has no {module}.{name}, which compiled/ needs: bound Numba's version below it in "
        "pyproject.toml, or find what took its place"
    )


@pytest.mark.mesa_versions
@pytest.mark.parametrize("name", OF_A_KERNEL)
def test_a_kernel_of_numba_has(name):
    kernel = numba.njit(lambda x: x)
    assert hasattr(kernel, name), f"a function compiled by Numba {numba.__version__} has no {name}, which jit.py needs"


def test_the_list_is_whole():
    """Every name that these files take from inside Numba stands in it."""
    taken = set()
    for path in [*(PACKAGE / "compiled").glob("*.py"), *(PACKAGE / "week").glob("*.py")]:
        for module, names in re.findall(r"^\s*from (numba\.[\w.]+) import ([^\n(]+)", path.read_text("utf-8"), re.M):
            taken |= {(module, name.split(" as ")[0].strip()) for name in names.split(",")}
    known = {(module, name) for module, names in PARTS.items() for name in names}
    modules = {("numba.core", "cgutils"), ("numba.np", "arrayobj")}
    assert taken - known - modules == set()


def test_numba_is_bounded_above():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    low, high = re.search(r'"numba>=([\d.]+),<([\d.]+)"', text).groups()  # type: ignore[union-attr]
    numbers = [tuple(int(part) for part in said.split(".")[:2]) for said in (low, numba.__version__, high)]
    assert numbers[0] <= numbers[1] < numbers[2]
