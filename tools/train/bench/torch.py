"""A training step of a recipe's network in PyTorch, timed at request.

Standard input is a line of JSON with what to build, then the weights and the data, as bytes of
floats (torch.c writes them); each further line asks for that many steps, whose milliseconds
apiece go to standard output. The network is what a user of PyTorch would write: the modules of
torch.nn, and tensors at once instead of step by step wherever that can be. Values are (stream,
channel, time, band).
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional


class Bands(nn.Module):
    def __init__(self, first, count, width):
        super().__init__()
        self.first, self.count, self.width = first, count, width

    def forward(self, x):
        return x[..., self.first : self.first + self.count].unflatten(3, (-1, self.width)).mean(4)


class Floor(nn.Module):
    """Each step less the loudest band so far, which sinks by `decay` a step."""

    def __init__(self, range_db, decay_db):
        super().__init__()
        self.range_db, self.decay_db = range_db, decay_db

    def forward(self, x):
        sunk = self.decay_db * torch.arange(x.shape[2], dtype=x.dtype).unsqueeze(1)
        peak = (x.amax(3, keepdim=True) + sunk).cummax(2).values - sunk
        return (x - peak).clamp(min=-self.range_db)


class Dct(nn.Module):
    def __init__(self, n, coefficients):
        super().__init__()
        k, i = torch.arange(coefficients).unsqueeze(1), torch.arange(n)
        matrix = (2 / n) ** 0.5 * torch.cos(torch.pi * k * (i + 0.5) / n)
        matrix[0] /= 2**0.5
        self.register_buffer("matrix", matrix, persistent=False)

    def forward(self, x):
        return functional.linear(x, self.matrix)


class Affine(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.register_buffer("mean", torch.zeros(n))
        self.register_buffer("scale", torch.ones(n))

    def forward(self, x):
        return (x - self.mean) * self.scale


class Delta(nn.Module):
    """The slope over the last steps, as a convolution over time; the first step is held before."""

    def __init__(self, reach):
        super().__init__()
        self.past = 2 * reach
        slope = torch.arange(-reach, reach + 1, dtype=torch.float32)
        self.register_buffer("kernel", (slope / slope.square().sum()).reshape(1, 1, -1, 1), persistent=False)

    def forward(self, x):
        held = x[:, :, :1].expand(-1, -1, self.past, -1)
        return functional.conv2d(torch.cat((held, x), 2), self.kernel)


class Conv(nn.Module):
    def __init__(self, channels, layer):
        super().__init__()
        kernel = (layer.get("kernel_time", 1), layer.get("kernel_bands", 1))
        stride = (layer.get("stride_time", 1), layer.get("stride_bands", 1))
        self.pads, padding = None, layer.get("padding", "same")
        around = 0 if padding == "valid" else tuple((k - 1) // 2 for k in kernel)
        if padding == "causal" or padding == "same" and not all(k % 2 for k in kernel):
            before = (kernel[0] - 1 if padding == "causal" else around[0], around[1])
            self.pads = (before[1], kernel[1] - 1 - before[1], before[0], kernel[0] - 1 - before[0])
            around = 0
        self.conv = nn.Conv2d(channels, layer["channels"], kernel, stride, around)

    def forward(self, x):
        return self.conv(functional.pad(x, self.pads) if self.pads else x)


class Rows(nn.Module):
    """A module of rows (time, stream, value)."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, x):
        rows = self.module(x.permute(2, 0, 1, 3).flatten(2))
        rows = rows[0] if isinstance(rows, tuple) else rows
        return rows.permute(1, 2, 0).unsqueeze(3)


class Stats(nn.Module):
    """Running mean and deviation behind the values; of all steps so far, up to the horizon."""

    def __init__(self, horizon, prior):
        super().__init__()
        self.horizon, self.prior = horizon, prior

    def forward(self, x):
        n_steps = x.shape[2]
        if n_steps + self.prior <= self.horizon:
            n = torch.arange(1, n_steps + 1, dtype=x.dtype).unsqueeze(1) + self.prior
            mean = x.cumsum(2) / n
            square = (x.square().cumsum(2) + self.prior) / n
            variance = (square - mean.square()).clamp(min=0)
        else:
            m, v, means, variances = torch.zeros_like(x[:, :, 0]), torch.full_like(x[:, :, 0], self.prior > 0), [], []
            for t in range(n_steps):
                a = 1 / min(t + 1 + self.prior, self.horizon)
                d = x[:, :, t] - m
                m, v = m + a * d, (1 - a) * (v + a * d.square())
                means.append(m)
                variances.append(v)
            mean, variance = torch.stack(means, 2), torch.stack(variances, 2)
        return torch.cat((x, mean, (variance + 1e-5).sqrt()), 1)


def pool(kind, layer):
    kernel = (layer.get("kernel_time", 1), layer.get("kernel_bands", 1))
    stride = (layer.get("stride_time", kernel[0]), layer.get("stride_bands", kernel[1]))
    return (nn.MaxPool2d if kind == "maxpool" else nn.AvgPool2d)(kernel, stride)


def build(layer, channels, bands):
    kind = layer["kind"]
    if kind == "bands":
        first, width = layer.get("first", 0), layer.get("width", 1)
        return Bands(first, layer.get("count", bands - first), width)
    if kind == "floor":
        return Floor(layer.get("range_db", 60), layer.get("decay_db", 0))
    if kind == "dct":
        return Dct(bands, layer["coefficients"])
    if kind == "affine":
        return Affine(bands) if channels == 1 else Rows(Affine(channels * bands))
    if kind == "delta":
        return Delta(layer.get("reach", 2))
    if kind == "conv2d":
        return Conv(channels, layer)
    if kind == "batchnorm":
        return nn.BatchNorm2d(channels, momentum=layer.get("momentum", 0.1))
    if kind in ("maxpool", "avgpool"):
        return pool(kind, layer)
    if kind == "dropout":
        return nn.Dropout(layer["rate"])
    if kind == "lstm":
        return Rows(nn.LSTM(channels * bands, layer["units"]))
    if kind == "stats":
        return Stats(layer.get("horizon", 387), layer.get("prior", 0))
    if kind == "dense":
        return Rows(nn.Linear(channels * bands, layer["units"]))
    return {"relu": nn.ReLU, "elu": nn.ELU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[kind]()


def join(parts):
    if len(parts) == 1:
        return parts[0]
    if all(part.shape[3] == parts[0].shape[3] for part in parts):
        return torch.cat(parts, 1)
    return torch.cat([part.permute(0, 2, 1, 3).flatten(2) for part in parts], 2).permute(0, 2, 1).unsqueeze(3)


class Network(nn.Module):
    def __init__(self, layers, x):
        super().__init__()
        self.inputs, self.steps = [], nn.ModuleList()
        names, outputs = {"input": 0}, [x]
        with torch.no_grad():
            for i, layer in enumerate(layers):
                wanted = layer.get("input", [])
                wanted = [names[name] for name in ([wanted] if isinstance(wanted, str) else wanted)] or [i]
                joined = join([outputs[k] for k in wanted])
                module = build(layer, joined.shape[1], joined.shape[3])
                outputs.append(module(joined))
                names[layer.get("name", f"{layer['kind']}{i}")] = i + 1
                self.inputs.append(wanted)
                self.steps.append(module)

    def forward(self, x):
        outputs = [x]
        for wanted, module in zip(self.inputs, self.steps):
            outputs.append(module(join([outputs[k] for k in wanted])))
        return outputs[-1]


def read_floats(n):
    return torch.frombuffer(bytearray(sys.stdin.buffer.read(4 * n)), dtype=torch.float32)


def take_weights(network, weights):
    """From Genrecast's network, in the order of its layers. An LSTM there has one bias, not two."""
    at = 0
    for name, tensor in network.state_dict().items():
        if "bias_hh" in name:
            tensor.zero_()
        elif "num_batches" not in name:
            tensor.copy_(weights[at : at + tensor.numel()].reshape(tensor.shape))
            at += tensor.numel()
    assert at == len(weights), "not the same weights"


setup = json.loads(sys.stdin.buffer.readline())
torch.set_num_threads(setup["threads"])
torch.manual_seed(1)
weights = read_floats(setup["weights"])
x = read_floats(setup["frames"] * setup["streams"] * setup["bands"])
x = x.reshape(setup["frames"], setup["streams"], setup["bands"]).permute(1, 0, 2).unsqueeze(1)
x = x[torch.arange(setup["batch"]) % setup["streams"]].contiguous()
network = Network(setup["layers"], x)
network.train()
take_weights(network, weights)
parameters = list(network.parameters())
average = [parameter.detach().clone() for parameter in parameters]
optimizer = torch.optim.AdamW(parameters, setup["learning_rate"], weight_decay=setup["weight_decay"], foreach=True)
loss_of = nn.CrossEntropyLoss(label_smoothing=setup["label_smoothing"])
times = torch.tensor(setup["times"]) - 1
labels = torch.arange(setup["batch"]) % setup["streams"] % setup["labels"]
labels = labels.unsqueeze(1).expand(-1, len(times)).contiguous()


def backward():
    optimizer.zero_grad(set_to_none=True)
    logits = network(x).squeeze(3)
    # A network that makes one step of several frames has the last whole one's at each.
    at = (times + 1) // (setup["frames"] // logits.shape[2]) - 1
    loss = loss_of(logits[:, :, at], labels)
    loss.backward()
    return loss.item()


def step():
    backward()
    nn.utils.clip_grad_norm_(parameters, setup["clip_norm"])
    optimizer.step()
    with torch.no_grad():
        torch._foreach_mul_(average, setup["weight_average"])
        torch._foreach_add_(average, parameters, alpha=1 - setup["weight_average"])


def check():
    """The loss, and the gradient's length, without what is random."""
    rates = [(module, module.p) for module in network.modules() if isinstance(module, nn.Dropout)]
    for module, _ in rates:
        module.p = 0.0
    loss = backward()
    square = sum(p.grad.square().sum().item() for name, p in network.named_parameters() if "bias_hh" not in name)
    for module, rate in rates:
        module.p = rate
    return loss, square**0.5


print(torch.__version__, *check(), flush=True)
clock = time.process_time if setup["threads"] == 1 else time.perf_counter
step()
for line in sys.stdin.buffer:
    n = int(line)
    start = clock()
    for _ in range(n):
        step()
    print(1e3 * (clock() - start) / n, flush=True)
