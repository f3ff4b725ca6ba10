"""Writes GGUF version 3: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md"""

import struct

import numpy as np

ALIGNMENT = 32
F32, Q8_0 = 0, 8
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9


def quantize(x):
    """x rounded to Q8_0: blocks of 32 int8 with an f16 scale. Returns the bytes and the values they stand for."""
    blocks = x.astype(np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / 127
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    q = np.rint(blocks * inverse).astype(np.int8)
    half = scale.astype(np.float16)
    data = np.concatenate([half.view(np.int8).reshape(-1, 2), q], axis=1).tobytes()
    return data, (q * half.astype(np.float32)).reshape(x.shape)


def string(s):
    data = s.encode()
    return struct.pack("<Q", len(data)) + data


def value(v):
    """The type number and the bytes of a metadata value."""
    if isinstance(v, bool):
        return BOOL, struct.pack("<?", v)
    if isinstance(v, int):
        return UINT32, struct.pack("<I", v)
    if isinstance(v, float):
        return FLOAT32, struct.pack("<f", v)
    if isinstance(v, str):
        return STRING, string(v)
    kind = INT32 if isinstance(v[0], int) else STRING
    body = struct.pack(f"<{len(v)}i", *v) if kind == INT32 else b"".join(map(string, v))
    return ARRAY, struct.pack("<IQ", kind, len(v)) + body


def pad(n):
    return -n % ALIGNMENT


def write(path, metadata, tensors):
    """tensors: name -> float array. Matrices become Q8_0, vectors stay F32."""
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata))
    for key, v in metadata.items():
        kind, data = value(v)
        head += string(key) + struct.pack("<I", kind) + data
    offset, blobs = 0, []
    for name, x in tensors.items():
        kind = Q8_0 if x.ndim == 2 else F32
        data = quantize(x)[0] if kind == Q8_0 else x.astype(np.float32).tobytes()
        head += string(name) + struct.pack(f"<I{x.ndim}Q", x.ndim, *reversed(x.shape)) + struct.pack("<IQ", kind, offset)
        blobs.append(data + bytes(pad(len(data))))
        offset += len(blobs[-1])
    with open(path, "wb") as f:
        f.write(head + bytes(pad(len(head))) + b"".join(blobs))
