"""Networks of ours, rebuilt in PyTorch: torch_compare.py FILE, written by torch_dump.

Outputs, gradients of all weights and running moments must agree to 1e-5.
"""
import json
import struct
import sys

import torch
from torch import nn


def read(path):
    """The metadata and tensors of a safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        assert entry["dtype"] == "F32", name
        tensors[name] = torch.frombuffer(data[start:end], dtype=torch.float32).reshape(entry["shape"])
    return metadata, tensors


class Network(nn.Module):
    """A list of layers as models/FORMAT.md describes it. Values are (stream, channel, time, band)."""

    def __init__(self, layers, n_bands):
        super().__init__()
        self.layers, channels, bands = layers, 1, n_bands
        for layer in layers:
            kind, units, module = layer["kind"], layer.get("units"), None
            kernel = (layer.get("kernel_time", 1), layer.get("kernel_bands", 1))
            if kind == "dense":
                module, channels, bands = nn.Linear(channels * bands, units), units, 1
            elif kind in ("lstm", "bilstm"):
                module = nn.LSTM(channels * bands, units, bidirectional=kind == "bilstm", batch_first=True)
                channels, bands = units * (2 if kind == "bilstm" else 1), 1
            elif kind == "conv2d":
                stride = (layer.get("stride_time", 1), layer.get("stride_bands", 1))
                padding = [(k - 1) // 2 for k in kernel] if layer.get("padding", "same") == "same" else 0
                module = nn.Conv2d(channels, layer["channels"], kernel, stride, padding)
                channels, bands = layer["channels"], (bands + 2 * (padding[1] if padding else 0) - kernel[1]) // stride[1] + 1
            elif kind == "batchnorm":
                module = nn.BatchNorm2d(channels, momentum=layer.get("momentum", 0.1))
            elif kind in ("maxpool", "avgpool"):
                module, bands = (nn.MaxPool2d if kind == "maxpool" else nn.AvgPool2d)(kernel), bands // kernel[1]
            if module is not None:
                self.add_module(layer["name"], module)

    def forward(self, x):
        for layer in self.layers:
            kind, module = layer["kind"], getattr(self, layer["name"], None)
            if kind in ("dense", "lstm", "bilstm"):
                rows = x.permute(0, 2, 1, 3).flatten(2)  # (stream, time, channel and band)
                rows = module(rows) if kind == "dense" else module(rows)[0]
                x = rows.permute(0, 2, 1).unsqueeze(3)
            elif kind == "pool_time":
                x = x.mean(2, keepdim=True)
            elif module is not None:
                x = module(x)
            else:
                x = {"relu": torch.relu, "elu": nn.functional.elu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}[kind](x)
        return x


worst = 0


def compare(what, ours, theirs):
    global worst
    assert ours.shape == theirs.shape, f"{what}: {tuple(ours.shape)} and {tuple(theirs.shape)}"
    error = float((ours - theirs).abs().max() / max(1, float(theirs.abs().max())))
    worst = max(worst, error)
    assert error <= 1e-5, f"{what}: differs by {error:.1e}"


metadata, tensors = read(sys.argv[1])
for name, case in json.loads(metadata["cases"]).items():
    def of(part):
        start = f"{name}/{part}/"
        return {key[len(start):]: value for key, value in tensors.items() if key.startswith(start)}

    x, y, dy = (tensors[f"{name}/{part}"] for part in ("x", "y", "dy"))
    network = Network(case["layers"], x.shape[2])
    network.train(case["training"])
    missing, unexpected = network.load_state_dict(of("weight"), strict=False)
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    assert not missing and not unexpected, f"{name}: {missing} {unexpected}"
    out = network(x.permute(1, 0, 2).unsqueeze(1))  # (time, stream, band) -> (stream, 1, time, band)
    out = out.permute(2, 0, 1, 3).flatten(2)
    compare(f"{name}: output", y, out)
    out.backward(dy)
    gradients = of("gradient")
    for key, parameter in network.named_parameters():
        # Both biases of an LSTM have the gradient of their sum.
        compare(f"{name}: gradient of {key}", gradients[key.replace("bias_hh", "bias_ih")], parameter.grad)
    for key, moment in network.named_buffers():
        if "num_batches" not in key:
            compare(f"{name}: {key}", of("after")[key], moment)
    print(f"ok: {name}, {len(gradients)} tensors")
print(f"torch {torch.__version__}: nothing differs by more than {worst:.1e}")
