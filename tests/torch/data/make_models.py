"""Writes the TorchScript models of this folder, traced.pt and scripted.pt, as PyTorch 1.13.1 makes them, less what is
there for debuggers, which names the folders of the machine.

    cd tests/torch/data && python make_models.py
"""
import zipfile
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
from torch import Tensor, nn

torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.fc(x)) + x


class Traced(nn.Module):
    """A chain with a nested block, a layer that runs twice, one under two names, and one of another class of the same name."""

    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(4, 4)
        self.block = Block()
        self.norm = nn.BatchNorm1d(4)
        self.drop = nn.Dropout(0.5)
        self.rnn = nn.LSTM(4, 4)
        self.again = self.inp
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        x = self.block(self.inp(x))
        x = self.drop(self.norm(self.block(x)))
        x = self.again(x)
        x, _ = self.rnn(x.unsqueeze(0))
        return self.out(x.squeeze(0))


class Scores(NamedTuple):
    best: Tensor
    others: List[Tensor]


class Head(nn.Module):
    def forward(self, x: Tensor, gain: Optional[Tensor] = None) -> Scores:
        if gain is not None:
            x = x * gain
        return Scores(x.amax(1), [x.mean(1), x.amin(1)])


class Maybe(nn.Module):
    def forward(self, x: Tensor, give: bool) -> Tuple[Optional[Tensor], Dict[str, Tensor], int]:
        out: Optional[Tensor] = None
        if give:
            out = x
        return out, {"double": 2 * x}, x.size(0)


@torch.jit.script
class Pair:
    def __init__(self, a: Tensor, b: Tensor):
        self.a = a
        self.b = b


class Boxed(nn.Module):
    def forward(self, x: Tensor) -> Pair:
        return Pair(x, x + 1)


@torch.jit.interface
class OneTensor(nn.Module):
    def forward(self, input: Tensor) -> Tensor:
        pass


class Scripted(nn.Module):
    """What only scripting keeps: branches, loops, tasks, an interface, methods, and every form of output."""

    either: OneTensor

    def __init__(self):
        super().__init__()
        self.left = nn.Linear(4, 4)
        self.right = nn.Linear(4, 4)
        self.steps = nn.ModuleList([nn.Linear(4, 4), nn.Tanh()])
        self.task = nn.Linear(4, 4)
        self.either = nn.Linear(4, 4)
        self.boxed = Boxed()
        self.head = Head()
        self.maybe = Maybe()
        self.idle = nn.Linear(4, 4)
        self.seen = 0

    def forward(self, x: Tensor, rounds: int = 2) -> Tensor:
        future = torch.jit.fork(self.task, x)
        if bool(x.sum() > 0):
            x = self.left(x)
        else:
            x = self.right(x)
        for i in range(rounds):
            for step in self.steps:
                x = step(x)
            if i == 2:
                break
        x = self.either(x) + torch.jit.wait(future)
        out, more, size = self.maybe(x, rounds > 1)
        if out is not None:
            x = x + out
        self.seen += size
        return self.finish(self.boxed(x).b + more["double"])

    def finish(self, x: Tensor) -> Tensor:
        scores = self.head(x)
        return scores.best + scores.others[0]

    @torch.jit.export
    def count(self) -> int:
        return self.seen


def save(model, path):
    model.save(path)
    with zipfile.ZipFile(path) as file:
        members = {info.filename: file.read(info) for info in file.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            if not name.endswith(".debug_pkl"):
                file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


save(torch.jit.trace(Traced().eval(), torch.randn(3, 4)), "traced.pt")
save(torch.jit.script(Scripted()), "scripted.pt")
