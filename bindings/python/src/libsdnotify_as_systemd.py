"""Makes ``from systemd import daemon, journal`` import those of :mod:`libsdnotify`, for programs that stay unchanged.

To enable it, put ``import libsdnotify_as_systemd`` into the program's first line, into ``sitecustomize.py``, or into a
file ``anything.pth`` in site-packages, as its only line. It affects later imports, and costs nothing in a program that
imports neither module. If systemd-python is installed too, its other modules (``systemd.login``, ``systemd.id128``)
stay as they are, and so does what ``systemd.journal`` has for reading.
"""

import importlib
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.abc import Loader
else:
    # Its module takes longer to import than all of this.
    Loader = object

_PACKAGE = "systemd"
_DAEMON = "systemd.daemon"
_JOURNAL = "systemd.journal"


class _Loader(Loader):
    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ == _DAEMON:
            # What import takes as the result.
            sys.modules[_DAEMON] = importlib.import_module("libsdnotify.daemon")
        elif module.__name__ == _JOURNAL:
            ours = importlib.import_module("libsdnotify.journal")
            vars(module).update({"__all__": ours.__all__, "__doc__": ours.__doc__, "__getattr__": _attribute})


def _attribute(name: str) -> object:
    """An attribute of systemd.journal: ours; for reading, systemd-python's, where it is installed."""
    module = sys.modules[_JOURNAL]
    try:
        value: object = getattr(importlib.import_module("libsdnotify.journal"), name)
    except AttributeError:
        spec = PathFinder.find_spec(_JOURNAL, sys.modules[_PACKAGE].__path__)
        if name.startswith("__") or spec is None or spec.loader is None:
            raise
        from importlib.util import module_from_spec

        theirs = module_from_spec(spec)
        spec.loader.exec_module(theirs)
        own = {*vars(module), *vars(module)["__all__"]}
        vars(module).update({each: there for each, there in vars(theirs).items() if each not in own})
        value = getattr(theirs, name)
    vars(module)[name] = value
    return value


class _Finder:
    @staticmethod
    def find_spec(name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None) -> object:
        if name in (_DAEMON, _JOURNAL):
            return ModuleSpec(name, _Loader(), origin=__name__)
        if name == _PACKAGE and PathFinder.find_spec(name) is None:
            return ModuleSpec(name, _Loader(), origin=__name__, is_package=True)
        return None


sys.meta_path.insert(0, _Finder)  # type: ignore[arg-type]
