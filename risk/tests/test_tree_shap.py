"""SHAP values from tables: against their definition, and against XGBoost's own."""

import itertools
import json
import math
from collections.abc import Callable

import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from risk.model.inputs import Matrix
from risk.model.tree_shap import MOST_SPLITS, NOWHERE, TooDeep, Tree, TreeShap

FEATURES = 4


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """A tree of any shape, up to four splits deep; covers add up, leaves have any value."""
    tree = Tree([], [], [], [], [], [])

    def grow(depth: int, weight: float) -> int:
        node = len(tree.left)
        is_split = depth < 4 and draw(st.booleans())
        tree.left.append(NOWHERE)
        tree.right.append(NOWHERE)
        tree.feature.append(draw(st.integers(0, FEATURES - 1)) if is_split else 0)
        tree.threshold.append(draw(st.floats(-3, 3, width=32)))
        tree.missing_left.append(draw(st.booleans()))
        tree.cover.append(weight)
        if is_split:
            share = draw(st.floats(0, 1))
            tree.left[node] = grow(depth + 1, weight * share)
            tree.right[node] = grow(depth + 1, weight * (1 - share))
        return node

    grow(0, 100.0)
    return tree


rows_of_numbers = st.lists(
    st.one_of(st.floats(-3, 3, width=32), st.just(math.nan)), min_size=FEATURES, max_size=FEATURES
)


def expectation(tree: Tree, row: list[float], known: frozenset[int], node: int = 0) -> float:
    """The tree's mean where only some features are known: splits on others weigh their children by cover."""
    if tree.left[node] == NOWHERE:
        return tree.threshold[node]
    children = (tree.left[node], tree.right[node])
    if tree.feature[node] in known:
        value = row[tree.feature[node]]
        goes_left = tree.missing_left[node] if math.isnan(value) else value < tree.threshold[node]
        return expectation(tree, row, known, children[0 if goes_left else 1])
    total = tree.cover[node]
    shares = [tree.cover[child] / total if total else 0.5 for child in children]
    return sum(
        share * expectation(tree, row, known, child) for share, child in zip(shares, children, strict=True)
    )


def shapley(value: Callable[[frozenset[int]], float]) -> list[float]:
    """The mean, over every order of the features, of what each adds when its turn comes."""
    orders = list(itertools.permutations(range(FEATURES)))
    found = [0.0] * FEATURES
    for order in orders:
        for place, feature in enumerate(order):
            before = frozenset(order[:place])
            found[feature] += (value(before | {feature}) - value(before)) / len(orders)
    return found


@given(tree=trees(), row=rows_of_numbers)
@settings(max_examples=150, deadline=None)
def test_values_are_those_of_the_definition(tree: Tree, row: list[float]) -> None:
    found = TreeShap([tree], features=FEATURES).values(np.array([row], dtype=np.float32))

    wanted = shapley(lambda known: expectation(tree, row, known))
    assert found[0] == pytest.approx(wanted, abs=1e-9)


@given(tree=trees(), row=rows_of_numbers)
@settings(max_examples=100, deadline=None)
def test_values_and_mean_sum_to_the_leaf(tree: Tree, row: list[float]) -> None:
    found = TreeShap([tree], features=FEATURES).values(np.array([row], dtype=np.float32))

    everything = frozenset(range(FEATURES))
    leaf, mean = expectation(tree, row, everything), expectation(tree, row, frozenset())
    assert found.sum() + mean == pytest.approx(leaf, abs=1e-9)


def trained(*, depth: int, rounds: int = 40) -> tuple[xgboost.Booster, Matrix]:
    random = np.random.default_rng(depth)
    rows = random.normal(size=(600, 9)).astype(np.float32)
    target = (rows[:, 0] + rows[:, 1] * rows[:, 2] + random.normal(size=600) > 1).astype(int)
    rows[random.random(rows.shape) < 0.2] = np.nan
    parameters = {"objective": "binary:logistic", "max_depth": depth, "nthread": 1, "seed": 1}
    return xgboost.train(parameters, xgboost.DMatrix(rows, target, nthread=1), rounds), rows


def of_booster(booster: xgboost.Booster) -> TreeShap:
    model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]
    return TreeShap([Tree.from_json(tree) for tree in model["trees"]], features=booster.num_features())


@pytest.mark.parametrize("depth", [1, 3, 4, 6, MOST_SPLITS])
def test_values_are_xgboosts(depth: int) -> None:
    booster, rows = trained(depth=depth)

    found = of_booster(booster).values(rows)

    theirs = booster.predict(xgboost.DMatrix(rows, nthread=1), pred_contribs=True)
    assert np.abs(found - theirs[:, :-1]).max() < 1e-5


def test_row_alone_has_the_values_it_has_among_others() -> None:
    booster, rows = trained(depth=4)
    shap = of_booster(booster)

    alone = np.vstack([shap.values(rows[index : index + 1]) for index in range(50)])

    assert (alone == shap.values(rows)[:50]).all()


def test_missing_value_goes_the_way_it_was_taught() -> None:
    tree = Tree([1, -1, -1], [2, -1, -1], [0, 0, 0], [0.5, -1.0, 1.0], [True, False, False], [4.0, 1.0, 3.0])
    other = Tree(tree.left, tree.right, tree.feature, tree.threshold, [False] * 3, tree.cover)
    nothing = np.full((1, 1), np.nan, dtype=np.float32)

    # The mean is 0.5: the leaf lies 1.5 below it, or 0.5 above.
    assert TreeShap([tree], features=1).values(nothing)[0, 0] == -1.5
    assert TreeShap([other], features=1).values(nothing)[0, 0] == 0.5


def test_tree_without_a_split_adds_nothing() -> None:
    stump = Tree([NOWHERE], [NOWHERE], [0], [0.3], [False], [10.0])

    found = TreeShap([stump], features=3).values(np.ones((2, 3), dtype=np.float32))

    assert found.tolist() == [[0.0] * 3] * 2


def test_no_rows_have_no_values() -> None:
    booster, rows = trained(depth=3)

    assert of_booster(booster).values(rows[:0]).shape == (0, rows.shape[1])


def test_tree_deeper_than_a_byte_is_refused() -> None:
    # Always to the right: nine splits one after the other.
    deep = MOST_SPLITS + 1
    left = [NOWHERE if node % 2 else node + 1 for node in range(2 * deep)] + [NOWHERE]
    right = [NOWHERE if node % 2 else node + 2 for node in range(2 * deep)] + [NOWHERE]
    nodes = 2 * deep + 1
    cover = [float(nodes - node) for node in range(nodes)]
    tree = Tree(left, right, [0] * nodes, [0.0] * nodes, [False] * nodes, cover)

    with pytest.raises(TooDeep, match="8 questions"):
        TreeShap([tree], features=1)
