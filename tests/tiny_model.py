"""A random two-layer Llama with a byte-level tokenizer, written like any Hugging Face folder."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

_TEXTS = [
    "Below is an instruction that describes a task, paired with an input that provides further context. Write a "
    "response that appropriately completes the request.",
    "### Instruction:\nGiven the user's preference and unpreference, identify whether the user will like the target "
    'movie product by answering "Yes." or "No.".\n\n### Input:\nUser Preference: "Alien (1979)", "Heat (1995)"\n'
    'User Unpreference: "Titanic (1997)"\nWhether the user will like the target movie "Fargo (1996)"?',
    "### Response:\nYes. No. Liked movies: Disliked movies: Will the user like it? Answer Yes or No.\nAnswer: Yes No",
] * 3
BEGIN, END = "<|im_start|>", "<|im_end|>"
_CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write_tiny_language_model(folder: Path, *, seed: int = 0, layers: int = 2) -> Path:
    """Write a model whose answers are random but different from prompt to prompt.

    Args:
        folder: created if needed.
        seed: of the weights.
        layers: of the network.

    Returns:
        ``folder``, holding ``config.json``, safetensors and tokenizer files.
    """
    tokenizer = _tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        # The default spread makes a random network almost linear: every prompt would get the same answer.
        initializer_range=0.3,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer() -> PreTrainedTokenizerFast:
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<|endoftext|>", BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(_TEXTS, trainer)
    marks = {"bos_token": BEGIN, "eos_token": END, "pad_token": END}
    tokenizer: PreTrainedTokenizerFast = PreTrainedTokenizerFast(tokenizer_object=core, **marks)  # type: ignore[no-untyped-call]
    tokenizer.chat_template = _CHAT_TEMPLATE
    return tokenizer
