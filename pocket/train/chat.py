"""Trains @pocket/chat from nothing on a CPU and writes it as GGUF. See README.md."""

import argparse
import json
import math
import os
import pathlib
import random as randomness
import sys
import time

# Read when the libraries load: one thread a process, and no giving back of memory between steps.
os.environ.update(OMP_NUM_THREADS="1", MALLOC_MMAP_MAX_="0", MALLOC_TRIM_THRESHOLD_=str(1 << 36), MALLOC_TOP_PAD_=str(1 << 26))
os.environ.setdefault("OPENBLAS_CORETYPE", "SKYLAKEX" if "avx512f" in pathlib.Path("/proc/cpuinfo").read_text() else "HASWELL")

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F

import bpe
import chat_data
import gguf
from llama import Config, Llama

SPECIAL = ["<|start|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if message.role == 'system' or message.role == 'developer' %}<|system|>"
    "{% elif message.role == 'assistant' %}<|assistant|>{% else %}<|user|>{% endif %}"
    "{{ (message.content or '') | trim }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
POCKET = pathlib.Path(__file__).parent.parent


def render(tokenizer, messages):
    """What TEMPLATE makes of (role, text) messages: token ids, and for each whether the model has to learn it."""
    ids, learn = [tokenizer.ids["<|start|>"]], [False]
    for role, text in messages:
        body = tokenizer.encode(text.strip()) + [tokenizer.ids["<|end|>"]]
        ids += [tokenizer.ids[f"<|{role}|>"], *body]
        learn += [False] + [role == "assistant"] * len(body)
    return ids, learn


def tokenizer_for(folder, seed):
    """The tokenizer of a training folder, trained on a sample of conversations the first time."""
    path = folder / "tokenizer.json"
    if not path.exists():
        random = randomness.Random(seed)
        texts = [text for _ in range(30000) for _, text in chat_data.conversation(random)]
        t = bpe.train(texts, Config.vocab, SPECIAL)
        path.write_text(json.dumps({"tokens": t.tokens, "merges": t.merges}))
    return bpe.Tokenizer(**json.loads(path.read_text()))


def shorten(random, ids, learn):
    """Cuts most long last answers: once it is clear which answer it is, the rest of it teaches little."""
    start = len(learn) - learn[::-1].index(False)
    end = start + (16 if random.random() < 0.6 else len(ids))
    return ids[:end], learn[:end]


def batches(tokenizer, random):
    """Endless (ids, targets) matrices of about 1024 tokens: conversations of similar length, targets -1 where nothing is learned."""
    while True:
        docs = [shorten(random, *render(tokenizer, chat_data.conversation(random))) for _ in range(128)]
        docs.sort(key=lambda d: len(d[0]))
        cuts = []
        while docs:
            width = min(len(docs[-1][0]), Config.context + 1) - 1
            rows = [docs.pop() for _ in range(min(len(docs), max(1, 1024 // width)))]
            x, y = np.zeros((len(rows), width), np.int64), np.full((len(rows), width), -1, np.int64)
            for i, (ids, learn) in enumerate(rows):
                n = min(len(ids) - 1, width)
                x[i, :n] = ids[:n]
                y[i, :n] = np.where(learn[1 : n + 1], ids[1 : n + 1], -1)
            cuts.append((torch.from_numpy(x), torch.from_numpy(y)))
        random.shuffle(cuts)
        yield from cuts


def orthogonal(g):
    """The nearest orthogonal matrix to g, by five Newton-Schulz steps (Muon, https://kellerjordan.github.io/posts/muon/)."""
    x = g / (g.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.t() if tall else x
    for _ in range(5):
        a = x @ x.t()
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.t() if tall else x


class Optimizer:
    """Muon for the matrices inside the layers, Adam for the embedding and the norms."""

    def __init__(self, model):
        c, self.step = model.c, 0
        q, kv = c.heads * c.head_dim, c.kv_heads * c.head_dim
        parts = {"qkv": [q, kv, kv], "out": [c.dim], "gate_up": [c.hidden, c.hidden], "down": [c.dim]}
        self.matrices, self.rest = [], []
        for name, p in model.p.items():
            part = parts.get(name.split("_", 1)[-1])
            (self.matrices if part else self.rest).append((p, part))
        self.state = [torch.zeros_like(p) for p, _ in self.matrices] + [torch.zeros(2, *p.shape) for p, _ in self.rest]

    @torch.no_grad()
    def update(self, rank, world, rate):
        self.step += 1
        momenta, adams = self.state[: len(self.matrices)], self.state[len(self.matrices) :]
        moves = []
        for i, ((p, part), m) in enumerate(zip(self.matrices, momenta)):
            m.mul_(0.95).add_(p.grad, alpha=0.05)
            move = torch.zeros_like(p)
            if i % world == rank:
                step = p.grad * 0.05 + m * 0.95
                move = torch.cat([orthogonal(s) * max(1, s.shape[0] / s.shape[1]) ** 0.5 for s in step.split(part)])
            moves.append(move)
        flat = torch.cat([m.flatten() for m in moves])
        dist.all_reduce(flat)
        for (p, _), move in zip(self.matrices, flat.split([m.numel() for m in moves])):
            p.mul_(1 - 0.02 * 0.02 * rate).add_(move.view_as(p), alpha=-0.02 * rate)
        for (p, _), (m, v) in zip(self.rest, adams):
            m.lerp_(p.grad, 0.1)
            v.lerp_(p.grad.square(), 0.02)
            m1, v1 = m / (1 - 0.9**self.step), v / (1 - 0.98**self.step)
            p.add_(m1 / (v1.sqrt() + 1e-9), alpha=-0.003 * rate)


def schedule(done):
    """The learning rate at a share of the training: a short rise, a plateau, and a straight fall over the last part."""
    return min(1, done / 0.02 + 0.01, max(0, (1 - done) / 0.45))


def train(rank, args):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{args.folder.resolve()}/rendezvous", rank=rank, world_size=args.workers)
    tokenizer = tokenizer_for(args.folder, args.seed)
    model = Llama(Config, args.seed)
    optimizer = Optimizer(model)
    checkpoint, seen = args.folder / "checkpoint.pt", 0
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"])
        seen = saved["seen"]
        if "optimizer" in saved:
            optimizer.state, optimizer.step = saved["optimizer"], saved["step"]
    work = batches(tokenizer, randomness.Random(f"{args.seed} {rank} {optimizer.step}"))
    parameters, began, before = list(model.parameters()), time.time(), seen
    while seen < args.tokens:
        tokens = goals = total = 0
        while tokens < args.batch:
            x, y = next(work)
            h, y = model(x).flatten(0, 1), y.flatten()
            loss = F.cross_entropy(model.logits(h[y >= 0]), y[y >= 0], reduction="sum")
            loss.backward()
            tokens, goals, total = tokens + x.numel(), goals + int((y >= 0).sum()), total + float(loss)
        sums = torch.cat([p.grad.flatten() for p in parameters] + [torch.tensor([tokens, goals, total], dtype=torch.float32)])
        dist.all_reduce(sums)
        tokens, goals, total = sums[-3:].tolist()
        for p, g in zip(parameters, (sums[:-3] / goals).split([p.numel() for p in parameters])):
            p.grad = g.view_as(p)
        seen += int(tokens)
        optimizer.update(rank, args.workers, schedule(seen / args.tokens))
        model.zero_grad(set_to_none=True)
        if rank == 0 and optimizer.step % 10 == 0:
            print(f"step {optimizer.step} tokens {seen / 1e6:.2f}M loss {total / goals:.4f} {(seen - before) / (time.time() - began):.0f} tokens/s", flush=True)
        if rank == 0 and (optimizer.step % 100 == 0 or seen >= args.tokens):
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state, "step": optimizer.step, "seen": seen}, f"{checkpoint}.new")
            os.replace(f"{checkpoint}.new", checkpoint)


def restore(args):
    """Makes a training folder of the committed file, from which train goes on. The optimizer begins anew."""
    metadata, tensors = gguf.read(args.out)
    merges = [m.split(" ") for m in metadata["tokenizer.ggml.merges"]]
    (args.folder / "tokenizer.json").write_text(json.dumps({"tokens": metadata["tokenizer.ggml.tokens"], "merges": merges}))
    model = Llama(Config, args.seed)
    model.fill(tensors)
    torch.save({"model": model.state_dict(), "seen": args.seen}, args.folder / "checkpoint.pt")


def load(args):
    """The tokenizer and the model of the last checkpoint, with its matrices rounded as in the file."""
    tokenizer, model = tokenizer_for(args.folder, args.seed), Llama(Config, args.seed)
    model.load_state_dict(torch.load(args.folder / "checkpoint.pt")["model"])
    for p in model.parameters():
        if p.dim() == 2:
            p.data = torch.from_numpy(gguf.quantize(p.data.numpy())[1])
    return tokenizer, model


def export(args):
    tokenizer, model = load(args)
    c = Config
    gguf.write(args.out, {
        "general.architecture": "llama",
        "general.name": "Plexus pocket chat",
        "general.license": "apache-2.0",
        "general.file_type": 7,
        "llama.block_count": c.layers,
        "llama.context_length": c.context,
        "llama.embedding_length": c.dim,
        "llama.feed_forward_length": c.hidden,
        "llama.attention.head_count": c.heads,
        "llama.attention.head_count_kv": c.kv_heads,
        "llama.attention.layer_norm_rms_epsilon": c.eps,
        "llama.rope.dimension_count": c.head_dim,
        "llama.rope.freq_base": c.theta,
        "llama.vocab_size": c.vocab,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "llama-bpe",
        "tokenizer.ggml.tokens": tokenizer.tokens,
        "tokenizer.ggml.token_type": [3 if t in SPECIAL else 1 for t in tokenizer.tokens],
        "tokenizer.ggml.merges": [" ".join(m) for m in tokenizer.merges],
        "tokenizer.ggml.bos_token_id": tokenizer.ids["<|start|>"],
        "tokenizer.ggml.eos_token_id": tokenizer.ids["<|end|>"],
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": TEMPLATE,
    }, model.tensors())
    print(args.out, args.out.stat().st_size, "bytes")


def reply(tokenizer, model, messages):
    ids, _ = render(tokenizer, messages)
    return tokenizer.decode(model.greedy(ids + [tokenizer.ids["<|assistant|>"]], tokenizer.ids["<|end|>"]))


def right(case, answer):
    """A held-out case is right if, for each list in "expect", the answer contains one of its strings (in any case),
    and none of the strings in "reject"; with "json": true the answer must also be one JSON value."""
    text = answer.lower()
    if case.get("json"):
        try:
            json.loads(answer)
        except ValueError:
            return False
    return all(any(s.lower() in text for s in group) for group in case["expect"]) and not any(s.lower() in text for s in case.get("reject", []))


def evaluate(args):
    tokenizer, model = load(args)
    score = {}
    for line in chat_data.HELDOUT.read_text().splitlines():
        case = json.loads(line)
        answer = reply(tokenizer, model, [(m["role"], m["content"]) for m in case["messages"]])
        ok = right(case, answer)
        score.setdefault(case["category"], []).append(ok)
        if not ok:
            print(json.dumps([m["content"] for m in case["messages"]], ensure_ascii=False), "->", json.dumps(answer, ensure_ascii=False))
    for category, results in sorted(score.items()):
        print(f"{category}: {sum(results)}/{len(results)}")
    results = sum(score.values(), [])
    print(f"all: {sum(results)}/{len(results)} = {100 * sum(results) / len(results):.1f} %")


def ask(args):
    """Answers the prompts on standard input, one a line, each as a chat of its own; a line of " || " turns is one chat."""
    tokenizer, model = load(args)
    for line in sys.stdin:
        messages = []
        for turn in line.rstrip("\n").split(" || "):
            system, _, turn = turn.rpartition(" >> ")
            messages += [("system", system)] if system else []
            messages.append(("user", turn))
            messages.append(("assistant", reply(tokenizer, model, messages)))
        print(*(f"{role}> {text}" for role, text in messages), sep="\n", end="\n\n", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("train", "export", "evaluate", "ask", "restore"))
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="tokenizer and checkpoint; training goes on from there")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tokens", type=float, default=16e6, help="tokens to train on in all")
    parser.add_argument("--seen", type=float, default=0, help="restore: tokens that the file was trained on")
    parser.add_argument("--workers", type=int, default=2, help="processes of one thread each")
    parser.add_argument("--batch", type=int, default=2048, help="tokens of a worker in a step")
    parser.add_argument("--out", type=pathlib.Path, default=POCKET / "chat.gguf", help="export, restore: the GGUF file")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.command != "train":
        return {"export": export, "evaluate": evaluate, "ask": ask, "restore": restore}[args.command](args)
    tokenizer_for(args.folder, args.seed)
    (args.folder / "rendezvous").unlink(missing_ok=True)
    torch.multiprocessing.start_processes(train, (args,), args.workers, start_method="spawn")


if __name__ == "__main__":
    main()
