"""Writes safetensors files (https://github.com/huggingface/safetensors#format)."""

import json

import numpy as np


def write(path, tensors):
    """tensors: {name: array}; stored as F16."""
    header, parts, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name, x in tensors.items():
        data = np.ascontiguousarray(x, np.float16).tobytes()
        header[name] = {"dtype": "F16", "shape": list(x.shape), "data_offsets": [at, at + len(data)]}
        parts.append(data)
        at += len(data)
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(head).to_bytes(8, "little") + head + b"".join(parts))
