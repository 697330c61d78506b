"""Times generation with another engine on CPU and prints one JSON line.

    peer_engine.py --engine transformers --model build/bench/models/M --threads 2

Decoding: batches of 1, 8 and 64 prompts of 32 tokens, 64 new tokens each, sampled at temperature 1 from the whole vocabulary; tokens
generated a second, with the prompts and (`-alone`) in the time that the 63 tokens after the first take. Prefill: one prompt of 384
tokens. llama.cpp is timed without sampling. Each figure is from the best of --repeats runs after one that warms up.
"""

import argparse
import json
import os
import pathlib
import time

BATCHES, PROMPT, NEW, PREFILL = (1, 8, 64), 32, 64, 384
PREFILL_ROWS = 512  # of llama.cpp's batch

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--engine", required=True, choices=("transformers", "ctranslate2", "llama.cpp"))
parser.add_argument("--model", required=True, type=pathlib.Path)
parser.add_argument("--threads", required=True, type=int)
parser.add_argument("--dtype", default="float32", choices=("float32", "bfloat16", "int8"), help="of the weights, where the engine has it")
parser.add_argument("--repeats", type=int, default=2)
args = parser.parse_args()
if os.environ.get("HONE_SIMD", "").upper() == "AVX2":  # llama.cpp has no switch: it is built for the machine
    os.environ.update(ATEN_CPU_CAPABILITY="avx2", ONEDNN_MAX_CPU_ISA="AVX2", MKL_ENABLE_INSTRUCTIONS="AVX2", CT2_FORCE_CPU_ISA="AVX2")
os.environ.update(OMP_NUM_THREADS=str(args.threads), MKL_NUM_THREADS=str(args.threads), TOKENIZERS_PARALLELISM="false",
                  HF_HUB_OFFLINE="1", CUDA_VISIBLE_DEVICES="")


def prompts(count, length, vocab):
    """Those of tests/bench/generator_bench.cc."""
    return [[(i * 37 + t * 101 + 3) % vocab for t in range(length)] for i in range(count)]


class Transformers:
    def __init__(self):
        import torch
        import transformers
        torch.set_num_threads(args.threads)
        transformers.utils.logging.set_verbosity_error()
        self.torch = torch
        self.model = transformers.AutoModelForCausalLM.from_pretrained(args.model, dtype=getattr(torch, args.dtype)).eval()
        self.vocab = self.model.config.vocab_size
        self.version = transformers.__version__

    def generate(self, batch, new):
        ids = self.torch.tensor(batch)
        with self.torch.inference_mode():
            out = self.model.generate(ids, attention_mask=self.torch.ones_like(ids), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
                                      min_new_tokens=new, max_new_tokens=new, pad_token_id=0)
        assert out.shape[1] == ids.shape[1] + new

    def decode(self, batch, new):
        self.generate(prompts(batch, PROMPT, self.vocab), new)

    def prefill(self):
        self.generate(prompts(1, PREFILL, self.vocab), 1)


class CTranslate2:
    def __init__(self):
        import ctranslate2
        import ctranslate2.converters
        import transformers
        folder = args.model.parent / f"{args.model.name}-ctranslate2"
        if not folder.exists():
            ctranslate2.converters.TransformersConverter(str(args.model)).convert(str(folder))
        self.model = ctranslate2.Generator(str(folder), device="cpu", compute_type=args.dtype, inter_threads=1, intra_threads=args.threads)
        tokenizer = transformers.AutoTokenizer.from_pretrained(args.model)
        self.tokens = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
        self.version = ctranslate2.__version__

    def generate(self, batch, new):
        results = self.model.generate_batch([[self.tokens[i] for i in ids] for ids in batch], min_length=new, max_length=new, sampling_topk=0,
                                            sampling_temperature=1.0, include_prompt_in_result=False)
        assert all(len(r.sequences_ids[0]) == new for r in results), [len(r.sequences_ids[0]) for r in results]

    def decode(self, batch, new):
        self.generate(prompts(batch, PROMPT, len(self.tokens)), new)

    def prefill(self):
        self.generate(prompts(1, PREFILL, len(self.tokens)), 1)


class LlamaCpp:
    def __init__(self):
        import llama_cpp
        self.lib = llama_cpp
        self.version = llama_cpp.__version__
        file = args.model.parent / f"{args.model.name}-{args.dtype}.gguf"
        if not file.exists():
            write_gguf(file)
        quiet = llama_cpp.llama_log_callback(lambda *_: None)
        self.keep = quiet
        llama_cpp.llama_log_set(quiet, None)
        llama_cpp.llama_backend_init()
        self.model = llama_cpp.llama_model_load_from_file(str(file).encode(), llama_cpp.llama_model_default_params())
        assert self.model, file
        self.vocab = json.loads((args.model / "config.json").read_text())["vocab_size"]
        self.contexts = {batch: self.context(batch, PROMPT + NEW) for batch in BATCHES}
        self.contexts["prefill"] = self.context(1, PREFILL + 8)

    def context(self, sequences, length):
        params = self.lib.llama_context_default_params()
        params.n_ctx = sequences * ((length + 255) // 256 * 256)
        params.n_seq_max = sequences
        params.n_batch = params.n_ubatch = PREFILL_ROWS
        params.n_threads = params.n_threads_batch = args.threads
        context = self.lib.llama_init_from_model(self.model, params)
        assert context
        return context

    def feed(self, context, rows):
        """One llama_decode call for (token, position, sequence, wants logits) rows."""
        batch = self.lib.llama_batch_init(len(rows), 0, 1)
        batch.n_tokens = len(rows)
        for i, (token, position, sequence, logits) in enumerate(rows):
            batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, position, 1, logits
            batch.seq_id[i][0] = sequence
        start = time.perf_counter()
        assert self.lib.llama_decode(context, batch) == 0
        spent = time.perf_counter() - start
        self.lib.llama_batch_free(batch)
        return spent

    def clear(self, context):
        self.lib.llama_memory_clear(self.lib.llama_get_memory(context), True)

    def decode(self, batch, new):
        """The first new token of each sequence comes with its prompt's logits."""
        context = self.contexts[batch]
        self.clear(context)
        rows = [(token, t, sequence, t + 1 == PROMPT) for sequence, ids in enumerate(prompts(batch, PROMPT, self.vocab))
                for t, token in enumerate(ids)]
        spent = sum(self.feed(context, rows[i:i + PREFILL_ROWS]) for i in range(0, len(rows), PREFILL_ROWS))
        return spent + sum(self.feed(context, [((s * 7 + t) % self.vocab, PROMPT + t, s, True) for s in range(batch)]) for t in range(new - 1))

    def prefill(self):
        context = self.contexts["prefill"]
        self.clear(context)
        return self.feed(context, [(token, t, 0, t + 1 == PREFILL) for t, token in enumerate(prompts(1, PREFILL, self.vocab)[0])])


def write_gguf(path):
    """A Qwen2 checkpoint with tied embeddings as GGUF, without a vocabulary."""
    import gguf
    import numpy
    import torch
    import transformers
    model = transformers.AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32)
    c = model.config
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_block_count(c.num_hidden_layers)
    writer.add_context_length(c.max_position_embeddings)
    writer.add_embedding_length(c.hidden_size)
    writer.add_feed_forward_length(c.intermediate_size)
    writer.add_head_count(c.num_attention_heads)
    writer.add_head_count_kv(c.num_key_value_heads)
    writer.add_layer_norm_rms_eps(c.rms_norm_eps)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(c.vocab_size)
    writer.add_tokenizer_model("no_vocab")
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN2, c.num_hidden_layers)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        values = tensor.numpy().astype(numpy.float32)
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        kind = {"float32": None, "bfloat16": gguf.GGMLQuantizationType.BF16, "int8": gguf.GGMLQuantizationType.Q8_0}[args.dtype]
        if kind is None or values.ndim == 1:
            writer.add_tensor(target, values)
        else:
            writer.add_tensor(target, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def best(run):
    """Seconds; `run` may say itself how long it took."""
    run()
    seconds = []
    for _ in range(args.repeats):
        start = time.perf_counter()
        own = run()
        seconds.append(own or time.perf_counter() - start)
    return min(seconds)


def main():
    engine = {"transformers": Transformers, "ctranslate2": CTranslate2, "llama.cpp": LlamaCpp}[args.engine]()
    result = {"engine": args.engine, "version": engine.version}
    for batch in BATCHES:
        whole, first = (best(lambda: engine.decode(batch, new)) for new in (NEW, 1))
        result[str(batch)] = round(batch * NEW / whole, 1)
        result[f"{batch}-alone"] = round(batch * (NEW - 1) / (whole - first), 1)
    result["prefill"] = round(PREFILL / best(engine.prefill), 1)
    print(json.dumps(result), flush=True)


main()
