"""Trains @pocket/embed from nothing on a CPU and writes it in Hugging Face's layout. See README.md."""

import argparse
import json
import os
import pathlib
import random as randomness
import re
import time

import chat  # first: it sets how the libraries load
import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F

import embed_data
import embed_sentiment
import safetensors
import wordpiece
from bert import Bert, Config

POCKET = pathlib.Path(__file__).parent.parent
PREFIXES = (384, 768, 1024)
LABELS = ("NEGATIVE", "POSITIVE")
TEMPERATURE = 0.05


def begin(folder, corpus, seed):
    """Makes the vocabulary and the first word vectors of a training folder."""
    counts = corpus.count()
    for _, text in embed_sentiment.sentences(randomness.Random(seed), 20000):
        counts.update(wordpiece.words(text))
    pieces = wordpiece.train({w: n for w, n in counts.items() if n > 1}, Config.vocab)
    tokenizer = wordpiece.Tokenizer(pieces)
    ids = []
    for text in corpus.texts():
        ids += tokenizer.encode(text, 256)[1:-1] + [-1] * 5
    np.save(folder / "words.npy", vectors(np.array(ids), seed))
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n")


def vectors(ids, seed, window=5):
    """A vector for each piece from the company it keeps: the strongest directions of the positive pointwise mutual
    information of pieces at most window apart (Levy and Goldberg 2014). ids: the corpus, -1 between texts."""
    v = Config.vocab
    together = np.zeros((v, v), np.float32)
    for d in range(1, window + 1):
        a, b = ids[:-d], ids[d:]
        both = (a >= 0) & (b >= 0)
        together += np.bincount(a[both] * v + b[both], minlength=v * v).reshape(v, v)
    together += together.T.copy()
    single = together.sum(0) + 1
    smooth = single**0.75
    with np.errstate(divide="ignore"):
        np.log(together / single[:, None] / (smooth / smooth.sum())[None], out=together)
    np.maximum(together, 0, out=together)
    q = np.random.default_rng(seed).standard_normal((v, Config.dim + 32)).astype(np.float32)
    for _ in range(6):
        q, _ = np.linalg.qr(together @ q)
    u, s, _ = np.linalg.svd(q.T @ together, full_matrices=False)
    x = (q @ u)[:, : Config.dim] * np.sqrt(s[: Config.dim])
    x /= np.linalg.norm(x, axis=1, keepdims=True) + 1e-3
    # Turned at random, so that no head sees the strongest directions only.
    turn, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((Config.dim, Config.dim)))
    return (x @ turn).astype(np.float32)


def start(folder, seed):
    """The tokenizer and the untrained model of a training folder."""
    tokenizer = wordpiece.Tokenizer((folder / "vocab.txt").read_text().split("\n")[:-1])
    model = Bert(Config, seed)
    model.p["words"].data = torch.from_numpy(np.load(folder / "words.npy"))
    return tokenizer, model


class Optimizer:
    """Muon for the matrices inside the layers, Adam for the rest; and a running mean of the weights, which is what counts."""

    def __init__(self, model):
        self.step, self.matrices, self.rest = 0, [], []
        for name, p in model.p.items():
            inner = name[0].isdigit() and p.dim() == 2
            (self.matrices if inner else self.rest).append((p, 3 if name.endswith("qkv") else 1))
        self.state = [torch.zeros_like(p) for p, _ in self.matrices] + [torch.zeros(2, *p.shape) for p, _ in self.rest]
        self.all = list(model.parameters())
        self.mean = [p.detach().clone() for p in self.all]

    @torch.no_grad()
    def update(self, rate):
        self.step += 1
        for (p, parts), m in zip(self.matrices, self.state):
            m.mul_(0.95).add_(p.grad, alpha=0.05)
            step = p.grad * 0.05 + m * 0.95
            move = torch.cat([chat.orthogonal(s) * max(1, s.shape[0] / s.shape[1]) ** 0.5 for s in step.chunk(parts)])
            p.mul_(1 - 0.0002 * rate).add_(move, alpha=-0.01 * rate)
        for (p, _), (m, v) in zip(self.rest, self.state[len(self.matrices) :]):
            m.lerp_(p.grad, 0.1)
            v.lerp_(p.grad.square(), 0.01)
            m1, v1 = m / (1 - 0.9**self.step), v / (1 - 0.99**self.step)
            p.add_(m1 / (v1.sqrt() + 1e-8), alpha=-0.002 * rate)
        for mean, p in zip(self.mean, self.all):
            mean.lerp_(p, max(0.005, 1 / self.step))


def contrast(model, means, keys):
    """The loss of [2n, dim] means, of which i and n + i belong together: each has to find the other among all that mean
    something else, at every prefix."""
    n = len(keys)
    numbers = model.linear(means, "dense")
    ids = torch.tensor([hash(k) for k in keys])
    same = (ids[:, None] == ids[None]) & ~torch.eye(n, dtype=torch.bool)
    loss = 0
    for width in PREFIXES:
        e = F.normalize(numbers[:, :width], dim=1)
        scores = (e[:n] @ e[n:].t() / TEMPERATURE).masked_fill(same, -1e9)
        goal = torch.arange(n)
        loss = loss + F.cross_entropy(scores, goal) + F.cross_entropy(scores.t(), goal)
    return loss / 2 / len(PREFIXES)


def train(rank, args):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{args.folder.resolve()}/rendezvous", rank=rank, world_size=args.workers)
    corpus = embed_data.Corpus()
    tokenizer, model = start(args.folder, args.seed)
    optimizer = Optimizer(model)
    checkpoint = args.folder / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"])
        optimizer.state, optimizer.step, optimizer.mean = saved["optimizer"], saved["step"], saved["mean"]
    random = randomness.Random(f"{args.seed} {rank} {optimizer.step}")
    began, before, shown = time.time(), optimizer.step, []
    while optimizer.step < args.steps:
        # All workers take the same source, so that none waits for another.
        source = randomness.Random(f"{args.seed} {optimizer.step}").choices(list(corpus.SOURCES), list(corpus.SOURCES.values()))[0]
        pairs = corpus.batch(random, source, args.batch)
        texts = [tokenizer.encode(a, 256) for a, _, _ in pairs] + [tokenizer.encode(b, 256) for _, b, _ in pairs]
        means = model.pooled(texts, random.choice((0, random.randrange(480))))
        loss = contrast(model, means, [k for _, _, k in pairs])
        labels, texts = zip(*embed_sentiment.sentences(random, args.batch // 4, corpus.heldout))
        moods = model.linear(model.pooled([tokenizer.encode(t) for t in texts]), "sentiment")
        mood = F.cross_entropy(moods, torch.tensor(labels))
        (loss + 0.3 * mood).backward()
        gradients = torch.cat([p.grad.flatten() for p in optimizer.all] + [torch.stack([loss.detach(), mood.detach()])]) / args.workers
        dist.all_reduce(gradients)
        for p, g in zip(optimizer.all, gradients[:-2].split([p.numel() for p in optimizer.all])):
            p.grad = g.view_as(p)
        optimizer.update(chat.schedule(optimizer.step / args.steps))
        model.zero_grad(set_to_none=True)
        shown.append(gradients[-2:].tolist())
        if rank == 0 and optimizer.step % 20 == 0:
            loss, mood = np.mean(shown, 0)
            print(f"step {optimizer.step} loss {loss:.4f} sentiment {mood:.4f} {(time.time() - began) / (optimizer.step - before):.2f} s/step", flush=True)
            shown = []
        if rank == 0 and (optimizer.step % 50 == 0 or optimizer.step >= args.steps):
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state, "step": optimizer.step, "mean": optimizer.mean}, f"{checkpoint}.new")
            os.replace(f"{checkpoint}.new", checkpoint)


def load(args):
    """The tokenizer and the mean model of the last checkpoint, rounded as in the file."""
    tokenizer, model = start(args.folder, args.seed)
    for p, mean in zip(model.parameters(), torch.load(args.folder / "checkpoint.pt")["mean"]):
        p.data = mean.half().float()
    return tokenizer, model


def export(args):
    tokenizer, model = load(args)
    c, out = Config, args.out
    network, dense, sentiment = model.tensors()
    safetensors.write(out / "model.safetensors", network)
    safetensors.write(out / "2_Dense" / "model.safetensors", dense)
    safetensors.write(out / "sentiment.safetensors", sentiment)
    (out / "vocab.txt").write_text("\n".join(tokenizer.pieces) + "\n")
    write(out / "config.json", {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": c.vocab,
        "hidden_size": c.dim,
        "num_hidden_layers": c.layers,
        "num_attention_heads": c.heads,
        "intermediate_size": c.hidden,
        "hidden_act": "gelu",
        "max_position_embeddings": c.positions,
        "position_embedding_type": "absolute",
        "type_vocab_size": 2,
        "layer_norm_eps": c.eps,
        "pad_token_id": tokenizer.ids["[PAD]"],
        "torch_dtype": "float16",
    })
    write(out / "tokenizer_config.json", {"do_lower_case": True, "model_max_length": c.positions, "tokenizer_class": "BertTokenizer"})
    write(out / "1_Pooling" / "config.json", {"word_embedding_dimension": c.dim, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True})
    write(out / "2_Dense" / "config.json", {"in_features": c.dim, "out_features": c.numbers, "bias": True, "activation_function": "torch.nn.modules.linear.Identity"})
    print(out, sum(p.stat().st_size for p in out.rglob("*") if p.is_file()), "bytes")


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def cases(name):
    return [json.loads(line) for line in (embed_data.TESTS / name).read_text().splitlines()]


def paragraphs():
    """The paragraphs of the project's README.md, ARCHITECTURE.md and docs/api.md: prose and list items, no code, headings or tables."""
    out = []
    for name in ("README.md", "ARCHITECTURE.md", "docs/api.md"):
        text = re.sub(r"^```.*?^```$", "", (POCKET.parent / name).read_text(), flags=re.M | re.S)
        for block in re.split(r"\n\s*\n|\n(?=- )", text):
            block = " ".join(block.split())
            if block and block[0] not in "#|":
                out.append(block)
    return out


@torch.no_grad()
def evaluate(args):
    tokenizer, model = load(args)

    def numbers(texts):
        return model.linear(model.pooled([tokenizer.encode(t) for t in texts]), "dense")

    triples, questions = cases("embed_triples.jsonl"), cases("embed_questions.jsonl")
    sides = [numbers([t[side] for t in triples]) for side in ("anchor", "paraphrase", "unrelated")]
    texts = paragraphs()
    asked, told = numbers([q["question"] for q in questions]), numbers(texts)
    for width in PREFIXES:
        anchor, good, bad = (F.normalize(s[:, :width], dim=1) for s in sides)
        won = (anchor * good).sum(1) > (anchor * bad).sum(1)
        scores = F.normalize(asked[:, :width], dim=1) @ F.normalize(told[:, :width], dim=1).t()
        found = 0
        for q, row in zip(questions, scores):
            right = [i for i, t in enumerate(texts) if q["phrase"] in t]
            rank = min(int((row > row[i]).sum()) for i in right) + 1 if right else 0
            found += 1 <= rank <= 3
            if args.verbose and width == 1024 and not 1 <= rank <= 3:
                print(f"rank {rank}: {q['question']} -> {texts[int(row.argmax())][:80]}")
        if args.verbose and width == 1024:
            print(*(json.dumps(t) for t, ok in zip(triples, won) if not ok), sep="\n")
        print(f"{width} numbers: triples {int(won.sum())}/{len(triples)}, questions {found}/{len(questions)} in the first three of {len(texts)}")
    moods = cases("sentiment.jsonl")
    said = model.linear(model.pooled([tokenizer.encode(m["text"]) for m in moods]), "sentiment").argmax(1)
    right = [LABELS[i] == m["label"] for i, m in zip(said.tolist(), moods)]
    if args.verbose:
        print(*(json.dumps(m) for m, ok in zip(moods, right) if not ok), sep="\n")
    print(f"sentiment {sum(right)}/{len(right)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("train", "export", "evaluate"))
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="vocabulary and checkpoint; training goes on from there")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=1500, help="steps in all")
    parser.add_argument("--workers", type=int, default=2, help="processes of one thread each")
    parser.add_argument("--batch", type=int, default=128, help="pairs of a worker in a step")
    parser.add_argument("--out", type=pathlib.Path, default=POCKET / "embed")
    parser.add_argument("--verbose", action="store_true", help="evaluate: print what is wrong")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.command != "train":
        return {"export": export, "evaluate": evaluate}[args.command](args)
    if not (args.folder / "vocab.txt").exists():
        begin(args.folder, embed_data.Corpus(), args.seed)
    (args.folder / "rendezvous").unlink(missing_ok=True)
    torch.multiprocessing.start_processes(train, (args,), args.workers, start_method="spawn")


if __name__ == "__main__":
    main()
