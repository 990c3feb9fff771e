"""The workspace of the gap ladder: a claim of a paper, with analogues."""

from __future__ import annotations

import pytest

from benchmark.store.workspace import Workspace

analogue = """

def digits(claim: Claim) -> Claim:
    return dataclasses.replace(claim, id=f"{claim.id}-digits", of=claim.id, scope=Scope(data=("Digits",)))


def by_norm(claim: Claim) -> Claim:
    reduce = difference(Number(measure="weight_norm", quantity="all"), factor="model.width", first="max", second="min")
    leg = dataclasses.replace(claim.leg, reduce=reduce, bounds=None)
    return dataclasses.replace(claim, id=f"{claim.id}-norm", legs=(leg,))


claims = (dataclasses.replace(claims[0], scope=Scope(data=("CIFAR10",))), digits(claims[0]), by_norm(digits(claims[0])))
"""


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """The example suite, with the claim of a paper on CIFAR-10 and two analogues on digits."""
    path = workspace.suites / "example/claims.py"
    imports = "import dataclasses\n\nfrom benchmark.stats.claim import Claim, Scope\n"
    text = path.read_text().replace("import annotations\n", f"import annotations\n\n{imports}", 1)
    path.write_text(text + analogue)
    return workspace
