"""Writes GGUF version 3, and reads what it wrote: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md"""

import math
import pathlib
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


def read(path):
    """(metadata, tensors) of a file that write wrote; tensors as the float32 arrays that its blocks stand for."""
    data, at = pathlib.Path(path).read_bytes(), 0

    def take(layout):
        nonlocal at
        out = struct.unpack_from("<" + layout, data, at)
        at += struct.calcsize("<" + layout)
        return out if len(out) > 1 else out[0]

    def text():
        return take(f"{take('Q')}s").decode()

    def of(kind):
        if kind == ARRAY:
            kind, n = take("IQ")
            return [of(kind) for _ in range(n)]
        return text() if kind == STRING else take({UINT32: "I", INT32: "i", FLOAT32: "f", BOOL: "?"}[kind])

    _, _, count, pairs = take("4sIQQ")
    metadata = {text(): of(take("I")) for _ in range(pairs)}
    heads = []
    for _ in range(count):
        name = text()
        dims = [take("Q") for _ in range(take("I"))]
        heads.append((name, dims[::-1], *take("IQ")))
    start, tensors = at + pad(at), {}
    for name, shape, kind, offset in heads:
        n = math.prod(shape)
        if kind == F32:
            x = np.frombuffer(data, np.float32, n, start + offset)
        else:
            blocks = np.frombuffer(data, np.dtype([("scale", np.float16), ("q", np.int8, 32)]), n // 32, start + offset)
            x = blocks["q"] * blocks["scale"].astype(np.float32)[:, None]
        tensors[name] = x.reshape(shape)
    return metadata, tensors
