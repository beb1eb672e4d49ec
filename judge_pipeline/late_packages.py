"""Packages of libraries whose `__init__` only gathers names, executed when the first of those names is used."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from threading import get_ident
from types import ModuleType
from typing import Any


class LatePackages:
    """A finder of modules for `sys.meta_path`: of `package`, and with `has_inner` of the packages inside it.

    Their modules are imported as always, but without the others that their `__init__` imports. Only for an `__init__` that does
    nothing else: threads that use the first name at the same moment each execute it, because a lock of ours could become a
    deadlock with those of Python's imports.
    """

    def __init__(self, package: str, *, has_inner: bool = False) -> None:
        self._package = package
        self._inner = f"{package}." if has_inner else "\0"

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Called by Python for each module that is not imported yet."""
        if name != self._package and not name.startswith(self._inner):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec and spec.origin and spec.submodule_search_locations is not None:
            spec.loader = _LateLoader(name, spec.origin)
        return spec


class _LateLoader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        threads: set[int] = set()

        def late(name: str) -> Any:
            """The module's `__getattr__` until it has been executed; an `__init__` looks for names of its own too."""
            if (thread := get_ident()) not in threads:
                threads.add(thread)
                try:
                    super(_LateLoader, self).exec_module(module)
                finally:
                    threads.remove(thread)
                if vars(module).get("__getattr__") is late:
                    del module.__getattr__
            try:
                return vars(module)[name]
            except KeyError:
                raise AttributeError(
                    f"module {module.__name__!r} has no attribute {name!r}", name=name, obj=module
                ) from None

        module.__getattr__ = late  # type: ignore[method-assign]


def import_late(*packages: LatePackages) -> None:
    """From now on, and if they have not been imported yet."""
    sys.meta_path[:0] = packages
