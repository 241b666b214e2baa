"""The forward pass again in float64 NumPy, token by token: the twin of the parity tests."""

import numpy as np


def norm(x, weights, epsilon):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * weights["scale"] + weights["bias"]


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def silu(x):
    return x / (1 + np.exp(-x))


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def attention(weights, s, x, prefix, spout):
    batch, length, _ = x.shape
    out = np.zeros_like(x)
    past = 0 if spout is None else 1
    for b in range(batch):
        for h in range(s.heads):
            q, k, v = (x[b] @ weights["qkv"][:, part, h] for part in range(3))
            if "qkv_bias" in weights:
                q, k, v = (m + weights["qkv_bias"][part, h] for part, m in enumerate((q, k, v)))
            if past:
                k = np.concatenate([spout[b, 0, h], k])
                v = np.concatenate([spout[b, 1, h], v])
            scores = (q * s.head_size**-0.5) @ k.T
            for i in range(length):
                for j in range(length + past):
                    inside = j < prefix[b] + (past if s.prefix_mask == "port" else 0)
                    if not (j <= i + past or inside):
                        scores[i, j] = -np.inf
            out[b] += softmax(scores) @ v @ weights["out"][h]
    return out + weights.get("out_bias", 0.0)


def switch(block, s, x, group, capacity, passes):
    flat = x.reshape(-1, x.shape[-1])
    raw = flat @ block["router"]
    p = softmax(raw)
    out = np.zeros_like(flat)
    taken = {}
    expert = raw.argmax(-1)
    kept = np.zeros(len(flat), bool)
    for t, row in enumerate(flat):
        e = expert[t]
        count = taken.get((t // group, e), 0)
        if count < capacity:
            taken[t // group, e] = count + 1
            kept[t] = True
            y = np.maximum(row @ block["experts"]["wi"][e], 0) @ block["experts"]["wo"][e]
        else:
            y = row if passes else 0 * row
        out[t] = p[t, e] * y
    if s.softmlp:
        out += np.tanh(flat @ block["softmlp"])
    share = np.eye(s.experts)[expert].reshape(-1, group, s.experts).mean(1)
    balance = s.experts**2 * (share * p.reshape(-1, group, s.experts).mean(1)).mean()
    return out.reshape(x.shape), balance, 1 - kept.mean()


def forward(params, s, tokens, prefix, spout=None, group=None, capacity=None, passes=False):
    """Logits [batch, length, vocabulary], the sum of balance losses, the mean dropped share."""
    batch, length = tokens.shape
    group = group or batch * length
    capacity = capacity or group
    past = 0 if spout is None else 1
    place = np.clip(np.arange(length) + past, past, s.positions - 1)
    x = params["tokens"][tokens] + params["positions"][place]
    pasts = None
    if past:
        vector = spout
        for number in range(8):
            vector = np.tanh(vector @ params["spout"][str(number)])
        shape = (batch, s.blocks, 2, s.heads, 1, s.head_size)
        pasts = (vector @ params["spout"]["out"]).reshape(shape)
    balances, drops = 0.0, []
    for number in range(s.blocks):
        block = params["blocks"][str(number)]
        own = None if pasts is None else pasts[:, number]
        if s.kind == "gpt2":
            h = norm(x, block["attention_norm"], s.norm_epsilon)
            x = x + attention(block["attention"], s, h, prefix, None)
            h = norm(x, block["norm"], s.norm_epsilon)
            mlp = block["mlp"]
            x = x + gelu(h @ mlp["wi"] + mlp["wi_bias"]) @ mlp["wo"] + mlp["wo_bias"]
            continue
        if number == s.layers:
            x = x + params["ext_positions"][place]
        mixed = attention(block["attention"], s, x, prefix, own)
        x = x + norm(mixed, block["attention_norm"], s.norm_epsilon)
        if number < s.layers:
            y, balance, dropped = switch(block, s, x, group, capacity, passes)
            balances += balance
            drops.append(dropped)
        else:
            dense = block["dense"]
            y = silu(x @ dense["wi"] + dense["wi_bias"]) @ dense["wo"] + dense["wo_bias"]
        x = x + norm(y, block["norm"], s.norm_epsilon)
    if s.kind == "gpt2":
        h = norm(x, params["last_norm"], s.norm_epsilon)
        return h @ params["tokens"].T, 0.0, 0.0
    h = silu(x @ params["last"]["kernel"] + params["last"]["bias"])
    return h @ params["tokens"].T + params["output_bias"], balances, float(np.mean(drops))
