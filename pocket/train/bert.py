"""A BERT small enough to train on a CPU, with mean pooling and a linear map to the numbers of an embedding."""

import math

import torch
import torch.nn.functional as F


class Config:
    vocab, dim, layers, heads, hidden = 8192, 192, 3, 6, 512
    positions, numbers, eps = 512, 1024, 1e-12


class Bert(torch.nn.Module):
    def __init__(self, c, seed):
        super().__init__()
        self.c = c
        random = torch.Generator().manual_seed(seed)

        def matrix(rows, cols, scale):
            return torch.nn.Parameter(torch.randn(rows, cols, generator=random) * scale)

        def constant(n, x=0.0):
            return torch.nn.Parameter(torch.full((n,), x))

        p = {"words": matrix(c.vocab, c.dim, 0.1), "positions": matrix(c.positions, c.dim, 0.01), "norm": constant(c.dim, 1.0), "norm_bias": constant(c.dim)}
        for i in range(c.layers):
            for name, rows, cols, scale in (("qkv", 3 * c.dim, c.dim, 1), ("out", c.dim, c.dim, 0.3), ("up", c.hidden, c.dim, 1), ("down", c.dim, c.hidden, 0.3)):
                p[f"{i}_{name}"] = matrix(rows, cols, scale / math.sqrt(cols))
                p[f"{i}_{name}_bias"] = constant(rows)
            for name in ("attention_norm", "output_norm"):
                p[f"{i}_{name}"], p[f"{i}_{name}_bias"] = constant(c.dim, 1.0), constant(c.dim)
        p["dense"], p["dense_bias"] = matrix(c.numbers, c.dim, 1 / math.sqrt(c.dim)), constant(c.numbers)
        p["sentiment"], p["sentiment_bias"] = matrix(2, c.dim, 0.01), constant(2)
        self.p = torch.nn.ParameterDict(p)

    def norm(self, x, name):
        return F.layer_norm(x, (self.c.dim,), self.p[name], self.p[f"{name}_bias"], self.c.eps)

    def linear(self, x, name):
        return F.linear(x, self.p[name], self.p[f"{name}_bias"])

    def forward(self, ids, start=0):
        """ids: [batch, time], padded with 0, at the positions from start. Returns the means of the hidden states [batch, dim]."""
        c = self.c
        b, t = ids.shape
        there = (ids != 0).float()
        mask = ((there - 1) * 1e9)[:, None, None, :].expand(b, c.heads, 1, t).reshape(b * c.heads, 1, t)
        x = self.norm(F.embedding(ids, self.p["words"]) + self.p["positions"][start : start + t], "norm")
        for i in range(c.layers):
            q, k, v = self.linear(x, f"{i}_qkv").view(b, t, 3, c.heads, -1).permute(2, 0, 3, 1, 4).reshape(3, b * c.heads, t, -1)
            a = torch.baddbmm(mask, q, k.transpose(1, 2), alpha=(c.dim // c.heads) ** -0.5).softmax(-1) @ v
            a = a.view(b, c.heads, t, -1).transpose(1, 2).reshape(b, t, c.dim)
            x = self.norm(x + self.linear(a, f"{i}_out"), f"{i}_attention_norm")
            x = self.norm(x + self.linear(F.gelu(self.linear(x, f"{i}_up")), f"{i}_down"), f"{i}_output_norm")
        return (x * there[:, :, None]).sum(1) / there.sum(1, keepdim=True)

    def pooled(self, texts, start=0, tokens=4096):
        """The means [len(texts), dim] for lists of token ids, computed in matrices of texts of similar length."""
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        rows, at = [], 0
        while at < len(order):
            width = len(texts[order[at]])
            part = order[at : at + max(1, tokens // width)]
            ids = torch.tensor([texts[i] + [0] * (width - len(texts[i])) for i in part])
            rows.append(self(ids, min(start, self.c.positions - width)))
            at += len(part)
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(rows)[back]

    def tensors(self):
        """The weights by their Hugging Face names, as float32 arrays: the network's, the dense map's and the sentiment classifier's."""
        c, p = self.c, {k: v.detach().numpy() for k, v in self.p.items()}
        network = {
            "embeddings.word_embeddings.weight": p["words"],
            "embeddings.position_embeddings.weight": p["positions"],
            "embeddings.token_type_embeddings.weight": 0 * p["words"][:2],
            "embeddings.LayerNorm.weight": p["norm"],
            "embeddings.LayerNorm.bias": p["norm_bias"],
        }
        for i in range(c.layers):
            qkv, bias = p[f"{i}_qkv"].reshape(3, c.dim, c.dim), p[f"{i}_qkv_bias"].reshape(3, c.dim)
            parts = {f"attention.self.{name}": (qkv[j], bias[j]) for j, name in enumerate(("query", "key", "value"))}
            for theirs, ours in {
                "attention.output.dense": "out",
                "attention.output.LayerNorm": "attention_norm",
                "intermediate.dense": "up",
                "output.dense": "down",
                "output.LayerNorm": "output_norm",
            }.items():
                parts[theirs] = p[f"{i}_{ours}"], p[f"{i}_{ours}_bias"]
            for name, (weight, bias) in parts.items():
                network[f"encoder.layer.{i}.{name}.weight"] = weight
                network[f"encoder.layer.{i}.{name}.bias"] = bias
        dense = {"linear.weight": p["dense"], "linear.bias": p["dense_bias"]}
        sentiment = {"classifier.weight": p["sentiment"], "classifier.bias": p["sentiment_bias"]}
        return network, dense, sentiment
