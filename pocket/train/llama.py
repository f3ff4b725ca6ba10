"""A Llama small enough to train on a CPU: RMSNorm, rotary positions on adjacent pairs, grouped queries, SwiGLU."""

import math

import torch
import torch.nn.functional as F


class Config:
    vocab, dim, layers, heads, kv_heads, head_dim, hidden = 3072, 256, 6, 8, 4, 32, 512
    context, theta, eps = 1024, 10000.0, 1e-5


class RMSNorm(torch.autograd.Function):
    """y = x / rms(x) * w, with a backward pass that keeps only the input."""

    @staticmethod
    def forward(ctx, x, w, eps):
        r = torch.rsqrt(x.square().mean(-1, keepdim=True) + eps)
        ctx.save_for_backward(x, w, r)
        return x * r * w

    @staticmethod
    def backward(ctx, g):
        x, w, r = ctx.saved_tensors
        n = x * r
        gw = g * w
        dx = (gw - n * (gw * n).mean(-1, keepdim=True)) * r
        return dx, (g * n).flatten(0, -2).sum(0), None


class SwiGLU(torch.autograd.Function):
    """silu(gate) * up for the two halves of the last dimension."""

    @staticmethod
    def forward(ctx, gu):
        gate, up = gu.chunk(2, -1)
        s = torch.sigmoid(gate)
        ctx.save_for_backward(gu, s)
        return gate * s * up

    @staticmethod
    def backward(ctx, g):
        gu, s = ctx.saved_tensors
        gate, up = gu.chunk(2, -1)
        out = torch.empty_like(gu)
        dgate, dup = out.chunk(2, -1)
        silu = gate * s
        torch.mul(g, silu, out=dup)
        torch.mul(g * up, s + silu * (1 - s), out=dgate)
        return out


class Llama(torch.nn.Module):
    def __init__(self, c, seed):
        super().__init__()
        self.c = c
        random = torch.Generator().manual_seed(seed)

        def matrix(rows, cols, scale=1.0):
            return torch.nn.Parameter(torch.randn(rows, cols, generator=random) * scale / math.sqrt(cols))

        out = 1 / math.sqrt(2 * c.layers)
        q, kv = c.heads * c.head_dim, c.kv_heads * c.head_dim
        p = {"embed": matrix(c.vocab, c.dim, 0.5), "norm": torch.nn.Parameter(torch.ones(c.dim))}
        for i in range(c.layers):
            p[f"{i}_attn_norm"] = torch.nn.Parameter(torch.ones(c.dim))
            p[f"{i}_qkv"] = matrix(q + 2 * kv, c.dim)
            p[f"{i}_out"] = matrix(c.dim, q, out)
            p[f"{i}_ffn_norm"] = torch.nn.Parameter(torch.ones(c.dim))
            p[f"{i}_gate_up"] = matrix(2 * c.hidden, c.dim)
            p[f"{i}_down"] = matrix(c.dim, c.hidden, out)
        self.p = torch.nn.ParameterDict(p)
        angle = torch.outer(torch.arange(c.context), c.theta ** (-torch.arange(0, c.head_dim, 2) / c.head_dim))
        self.rotation = torch.polar(torch.ones_like(angle), angle)

    def rotate(self, x, start):
        """x: [batch, time, heads, head_dim]; adjacent pairs turn by their position."""
        pairs = torch.view_as_complex(x.reshape(*x.shape[:-1], -1, 2))
        return torch.view_as_real(pairs * self.rotation[start : start + x.shape[1], None]).flatten(-2)

    def forward(self, tokens, cache=None):
        """tokens: [batch, time]. Returns the normed hidden states [batch, time, dim].

        With a cache (a list, one (keys, values) a layer, filled by earlier calls) tokens continue it."""
        c, p = self.c, self.p
        b, t = tokens.shape
        start = cache[0][0].shape[2] if cache else 0
        mask = torch.full((t, start + t), -1e9).triu(start + 1)
        group = c.heads // c.kv_heads
        mask = mask.repeat(group, 1)
        x = F.embedding(tokens, p["embed"])
        for i in range(c.layers):
            h = RMSNorm.apply(x, p[f"{i}_attn_norm"], c.eps)
            q, k, v = F.linear(h, p[f"{i}_qkv"]).view(b, t, -1, c.head_dim).split([c.heads, c.kv_heads, c.kv_heads], 2)
            q, k, v = self.rotate(q, start), self.rotate(k, start).transpose(1, 2), v.transpose(1, 2)
            if cache is not None:
                if start:
                    k, v = torch.cat([cache[i][0], k], 2), torch.cat([cache[i][1], v], 2)
                    cache[i] = (k, v)
                else:
                    cache.append((k, v))
            # Query heads that share a key head are stacked along time.
            q = q.view(b, t, c.kv_heads, group, c.head_dim).permute(0, 2, 3, 1, 4).reshape(b * c.kv_heads, group * t, -1)
            k, v = k.reshape(b * c.kv_heads, start + t, -1), v.reshape(b * c.kv_heads, start + t, -1)
            a = torch.baddbmm(mask, q, k.transpose(1, 2), alpha=c.head_dim**-0.5).softmax(-1) @ v
            a = a.view(b, c.kv_heads, group, t, -1).permute(0, 3, 1, 2, 4).reshape(b, t, -1)
            x = x + F.linear(a, p[f"{i}_out"])
            h = RMSNorm.apply(x, p[f"{i}_ffn_norm"], c.eps)
            x = x + F.linear(SwiGLU.apply(F.linear(h, p[f"{i}_gate_up"])), p[f"{i}_down"])
        return RMSNorm.apply(x, p["norm"], c.eps)

    def logits(self, hidden):
        return F.linear(hidden, self.p["embed"])

    @torch.no_grad()
    def greedy(self, prompt, end, limit=200):
        """Continues the token list prompt with the likeliest tokens until end."""
        cache, out, step = [], [], torch.tensor([prompt])
        while len(out) < limit:
            token = int(self.logits(self(step, cache)[0, -1]).argmax())
            if token == end:
                break
            out.append(token)
            step = torch.tensor([[token]])
        return out

    def tensors(self):
        """The weights by their GGUF names, as float32 arrays."""
        c, p = self.c, {k: v.detach().numpy() for k, v in self.p.items()}
        q, kv = c.heads * c.head_dim, c.kv_heads * c.head_dim
        out = {"token_embd.weight": p["embed"], "output_norm.weight": p["norm"]}
        for i in range(c.layers):
            qkv, gate_up = p[f"{i}_qkv"], p[f"{i}_gate_up"]
            named = {
                "attn_norm": p[f"{i}_attn_norm"],
                "attn_q": qkv[:q],
                "attn_k": qkv[q : q + kv],
                "attn_v": qkv[q + kv :],
                "attn_output": p[f"{i}_out"],
                "ffn_norm": p[f"{i}_ffn_norm"],
                "ffn_gate": gate_up[: c.hidden],
                "ffn_up": gate_up[c.hidden :],
                "ffn_down": p[f"{i}_down"],
            }
            out.update({f"blk.{i}.{name}.weight": x for name, x in named.items()})
        return out

    @torch.no_grad()
    def fill(self, tensors):
        """Takes the weights from arrays by their GGUF names."""
        for name, x in self.tensors().items():
            x[...] = tensors[name]  # x shares its memory with the parameter
