"""Any sequence of adding, replacing, removing, undoing and redoing is what a list of states says."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from geo.errors import DataError
from layers.workspace import Workspace, open_workspace
from layers.workspace_edit import About, add_layer, new_workspace, remove_layer
from layers.workspace_history import redo, restore, undo
from tests.workspaces import assert_same, layer

KINDS = ("units", "values", "projects")
LAYERS = {kind: layer(kind) for kind in KINDS}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(KINDS), st.text(min_size=1, max_size=3)),
        st.tuples(st.just("remove"), st.sampled_from(KINDS)),
        st.tuples(st.just("undo")),
        st.tuples(st.just("redo")),
        st.tuples(st.just("restore"), st.integers(1, 8)),
    ),
    max_size=12,
)


class Model:
    """Titles by kind in each state, the state each was made from, and where we are."""

    def __init__(self) -> None:
        self.states: list[tuple[dict[str, str], int]] = [({}, -1)]
        self.here = 0

    def do(self, step: tuple) -> bool:  # type: ignore[type-arg]
        what = step[0]
        titles = dict(self.states[self.here][0])
        if what == "add":
            titles[step[1]] = step[2]
        elif what == "remove":
            if step[1] not in titles:
                return False
            del titles[step[1]]
        else:
            return self._go(step)
        self.states.append((titles, self.here))
        self.here = len(self.states) - 1
        return True

    def _go(self, step: tuple) -> bool:  # type: ignore[type-arg]
        after = [number for number, (_, parent) in enumerate(self.states) if parent == self.here]
        to = {"undo": self.states[self.here][1], "redo": max(after, default=-1)}.get(step[0], step[-1])
        if step[0] == "restore":
            to -= 1  # states are counted from 1
        if not 0 <= to < len(self.states):
            return False
        self.here = to
        return True


def do(workspace: Workspace, step: tuple) -> Workspace:  # type: ignore[type-arg]
    what = step[0]
    if what == "add":
        return add_layer(workspace, LAYERS[step[1]], About(title=step[2]))
    if what == "remove":
        return remove_layer(workspace, step[1])
    return {"undo": undo, "redo": redo}[what](workspace) if what != "restore" else restore(workspace, step[1])


@given(STEPS)
def test_a_workspace_is_what_its_model_says(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        workspace = new_workspace(Path(folder) / "w", "试点")
        for step in steps:
            fine = model.do(step)
            try:
                workspace = do(workspace, step)
            except DataError:
                assert not fine, step
            else:
                assert fine, step
            assert open_workspace(workspace.path) == workspace
            assert {entry.kind: entry.title for entry in workspace.layers} == model.states[model.here][0]
        for entry in workspace.layers:
            assert_same(workspace.read(entry.kind), LAYERS[entry.kind])
