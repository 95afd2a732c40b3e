"""Executes the notebooks and keeps their outputs without what is the machine's: ``python notebooks/execute.py *.ipynb``."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from jupyter_client import KernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

HERE = Path(__file__).parent
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""The same wherever a notebook was executed."""
TIMEOUT = 600  # seconds a cell


@contextmanager
def kernel(draws: int | None = None) -> Iterator[KernelManager]:
    """A Python kernel in a folder of its own, without the user's settings; `draws` in place of the notebooks' own number."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "IPYTHONDIR": folder, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        environment.pop("MCARBON_DRAWS", None)
        if draws is not None:
            environment["MCARBON_DRAWS"] = str(draws)
        manager = KernelManager(kernel_name="python3", transport="ipc", connection_file=str(Path(folder, "kernel.json")))
        manager.start_kernel(cwd=folder, env=environment)
        try:
            yield manager
        finally:
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()


def execute(path: Path, manager: KernelManager) -> NotebookNode:
    """The notebook with the outputs of this kernel. CellExecutionError where a cell fails."""
    notebook = run(nbformat.read(path, as_version=4), manager)
    notebook.metadata = NotebookNode(METADATA)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [plain(output) for output in joined(cell.outputs)]
    return notebook


def empty(manager: KernelManager) -> None:
    """Take all names out of a kernel; what it has imported stays loaded."""
    run(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("%reset -f")]), manager)


def run(notebook: NotebookNode, manager: KernelManager) -> NotebookNode:
    """The notebook after its cells ran in this kernel, which goes on. CellExecutionError where a cell fails."""
    client = NotebookClient(notebook, km=manager, timeout=TIMEOUT, record_timing=False)
    try:
        return client.execute()
    finally:
        if client.kc is not None:  # of a kernel that goes on, the client leaves its sockets open
            client.kc.stop_channels()
            client.kc = None


def joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs, with what one stream wrote in several goes as one: how it was cut is chance."""
    whole: list[NotebookNode] = []
    for output in outputs:
        if whole and output.output_type == "stream" == whole[-1].output_type and output.name == whole[-1].name:
            whole[-1].text += output.text
        else:
            whole.append(output)
    return whole


def plain(output: NotebookNode) -> NotebookNode:
    """An output without addresses in memory."""
    if "text/plain" in output.get("data", {}):
        output.data["text/plain"] = re.sub(r" at 0x[0-9a-f]+", "", output.data["text/plain"])
    return output


def main(paths: list[Path]) -> None:
    """Execute the notebooks in place, each in a kernel of its own."""
    for path in paths:
        with kernel() as manager:
            notebook = execute(path, manager)
        path.write_text(nbformat.writes(notebook) + "\n", "utf-8")
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]] or sorted(HERE.glob("*.ipynb")))
