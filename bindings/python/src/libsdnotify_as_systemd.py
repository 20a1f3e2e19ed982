"""Makes ``from systemd import daemon`` mean :mod:`libsdnotify.daemon`, for programs that are not to be changed.

``import libsdnotify_as_systemd`` in the program's first line, in ``sitecustomize.py``, or as the only line of a file
``anything.pth`` in site-packages, does it; nothing else does. It takes effect for what is imported afterwards, and
costs nothing in a program that imports none of it. Where systemd-python is installed as well, its other modules
(``systemd.login``, ``systemd.id128``) stay as they are.
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
_MODULES = {"systemd.daemon": "libsdnotify.daemon"}


class _Loader(Loader):
    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        ours = _MODULES.get(module.__name__)
        if ours is not None:
            # What import takes as the result.
            sys.modules[module.__name__] = importlib.import_module(ours)


class _Finder:
    @staticmethod
    def find_spec(name: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None) -> object:
        if name in _MODULES:
            return ModuleSpec(name, _Loader(), origin=__name__)
        if name == _PACKAGE and PathFinder.find_spec(name) is None:
            return ModuleSpec(name, _Loader(), origin=__name__, is_package=True)
        return None


sys.meta_path.insert(0, _Finder)  # type: ignore[arg-type]
