#!/usr/bin/env python3
"""Writes a GGUF of a real model's shape with random weights, for timing: its speed is that of the real one.

    make_model.py SHAPE OUT.gguf VOCABULARY.gguf     shapes: see SHAPES; needs the PyPI packages gguf and numpy

The tokenizer is that of VOCABULARY, padded to the real size with tokens that no text is cut into, so that the
output matrix and the sampler cost what they cost in the real model.
"""

import argparse

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Kind

#              architecture, width, layers, heads, kv heads, head, feed-forward, context, vocabulary, tied output
SHAPES = {
    "llama-1b": ("llama", 2048, 16, 32, 8, 64, 8192, 8192, 128256, True),
    "llama-3b": ("llama", 3072, 28, 24, 8, 128, 8192, 8192, 128256, True),
    "mistral-7b": ("llama", 4096, 32, 32, 8, 128, 14336, 8192, 32000, False),
    "falcon3-1b": ("llama", 2048, 18, 8, 4, 256, 8192, 8192, 131072, False),
    "qwen3-0.6b": ("qwen3", 1024, 28, 16, 8, 128, 3072, 8192, 151936, True),
}
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
RANDOM = np.random.default_rng(0)


def blocks(kind, rows, columns):
    """Random blocks of 256 weights whose scales give a mean of 0 and a deviation of about 0.02."""
    count = rows * columns // 256
    if kind == Kind.Q4_K:
        raw = RANDOM.integers(0, 256, (count, 144), dtype=np.uint8)
        raw[:, 0:4] = np.array([1e-4, 7.5e-4], dtype=np.float16).view(np.uint8)
    else:
        raw = RANDOM.integers(0, 256, (count, 210), dtype=np.uint8)
        raw[:, 192:208] %= 64
        raw[:, 208:210] = np.array([3e-5], dtype=np.float16).view(np.uint8)
    return raw.reshape(rows, -1)


def add_vocabulary(writer, path, size):
    reader = gguf.GGUFReader(path)
    get = lambda key: reader.fields[f"tokenizer.ggml.{key}"].contents() if f"tokenizer.ggml.{key}" in reader.fields else None
    tokens, types = get("tokens"), get("token_type")
    padding = size - len(tokens)
    writer.add_tokenizer_model(get("model"))
    writer.add_tokenizer_pre(get("pre"))
    writer.add_token_list(tokens + [f"<padding {i}>" for i in range(padding)])
    writer.add_token_types(types + [int(gguf.TokenType.NORMAL)] * padding)
    writer.add_token_merges(get("merges"))
    writer.add_bos_token_id(get("bos_token_id") or 0)
    writer.add_eos_token_id(get("eos_token_id"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def main():
    arguments = argparse.ArgumentParser()
    for name in ("shape", "out", "vocabulary"):
        arguments.add_argument(name)
    arguments = arguments.parse_args()
    architecture, width, layers, heads, kv, head, feed, context, vocabulary, tied = SHAPES[arguments.shape]
    writer = gguf.GGUFWriter(arguments.out, architecture)
    writer.add_name(f"random {arguments.shape}")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(500000.0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_K_M)
    add_vocabulary(writer, arguments.vocabulary, vocabulary)
    matrix = lambda name, kind, rows, columns: writer.add_tensor(name, blocks(kind, rows, columns), raw_dtype=kind)
    ones = lambda name, length: writer.add_tensor(name, np.ones(length, np.float32))
    matrix("token_embd.weight", Kind.Q6_K if tied else Kind.Q4_K, vocabulary, width)
    ones("output_norm.weight", width)
    if not tied:
        matrix("output.weight", Kind.Q6_K, vocabulary, width)
    for layer in range(layers):
        name = f"blk.{layer}."
        # The mix of Q4_K_M: six bits for the first, the last and every third of the rest.
        fine = layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2
        six = Kind.Q6_K if fine else Kind.Q4_K
        ones(name + "attn_norm.weight", width)
        ones(name + "ffn_norm.weight", width)
        if architecture == "qwen3":
            ones(name + "attn_q_norm.weight", head)
            ones(name + "attn_k_norm.weight", head)
        matrix(name + "attn_q.weight", Kind.Q4_K, heads * head, width)
        matrix(name + "attn_k.weight", Kind.Q4_K, kv * head, width)
        matrix(name + "attn_v.weight", six, kv * head, width)
        matrix(name + "attn_output.weight", Kind.Q4_K, width, heads * head)
        matrix(name + "ffn_gate.weight", Kind.Q4_K, feed, width)
        matrix(name + "ffn_up.weight", Kind.Q4_K, feed, width)
        matrix(name + "ffn_down.weight", six, width, feed)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main()
