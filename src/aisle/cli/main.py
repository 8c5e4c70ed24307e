"""The `aisle` command: finds the command named, parses its flags, runs it, turns errors into exit statuses."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

from aisle import __version__
from aisle.errors import AisleError, UserError

# Words on the command line -> "module:dataclass". Modules are imported only when named, so that help is instant.
COMMANDS: dict[tuple[str, ...], tuple[str, str]] = {
    ("demo",): ("demo:Demo", "make the sample shop, build it, serve it"),
    ("tokenize",): ("tokenize:Tokenize", "text to WordPiece tokens and ids"),
    ("encode",): ("encode:Encode", "lines of text to vectors"),
    ("inspect",): ("inspect:Inspect", "follow a text through every step of an encoder"),
    ("evaluate", "search"): ("evaluate_search:EvaluateSearch", "recall, nDCG and MRR over a judged catalogue"),
    ("evaluate", "suggest"): ("evaluate_suggest:EvaluateSuggest", "success, MRR and keystrokes saved over a log"),
    ("evaluate", "sts"): ("evaluate_sts:EvaluateSts", "semantic textual similarity"),
    ("evaluate", "transfer"): ("evaluate_transfer:EvaluateTransfer", "SentEval: logistic regression on frozen vectors"),
    ("evaluate", "classifier"): ("evaluate_classifier:EvaluateClassifier", "accuracy, F1, confusion and reliability"),
    ("train", "classifier"): ("train_classifier:TrainClassifier", "fine-tune a classifier of texts"),
    ("classify",): ("classify:Classify", "lines of text to classes and probabilities"),
    ("complete",): ("complete:Complete", "the rest of a sentence that is being written"),
    ("train", "queries"): ("train_queries:TrainQueries", "a small language model of what people search for"),
    ("train", "completer"): ("train_completer:TrainCompleter", "a small language model that completes sentences"),
    ("pretrain",): ("pretrain:Pretrain", "train an encoder on raw text: masked words, next sentence"),
    ("train", "words"): ("train_words:TrainWords", "word vectors from raw text, and the encoder that averages them"),
    ("tokenizer", "train"): ("tokenizer_train:TokenizerTrain", "make a WordPiece vocabulary from a corpus"),
    ("train", "ranker"): ("train_ranker:TrainRanker", "learn how hits are best ordered, from judgments"),
    ("train", "siamese"): ("train_siamese:TrainSiamese", "fine-tune a sentence encoder on pairs or triplets"),
    ("train", "two-tower"): (
        "train_two_tower:TrainTwoTower",
        "a shop's own encoder, from queries and what answers them",
    ),
    ("train", "light-query"): ("train_light_query:TrainLightQuery", "a query tower that takes a fraction of the time"),
    ("shop", "create"): ("shop:Create", "make a shop from a catalogue and a log"),
    ("shop", "build"): ("shop:Build", "build a new version and take it live"),
    ("shop", "pairs"): ("shop_pairs:ShopPairs", "training pairs from the shop's log, with their evidence"),
    ("shop", "rank"): ("shop_rank:ShopRank", "learn from the events how hits are best ordered"),
    ("shop", "rollback"): ("shop:Rollback", "go back to the version before"),
    ("shop", "golden"): ("shop_golden:ShopGolden", "queries that must find what they find, whatever is built"),
    ("shop", "status"): ("shop:Status", "what the shop holds and which version is live"),
    ("shop", "verify"): ("shop:Verify", "check every checksum"),
    ("batch", "embed"): ("batch:BatchEmbed", "encode a shop's products in shards"),
    ("batch", "pairs"): ("batch:BatchPairs", "training pairs from a shop's log in shards"),
    ("batch", "judge"): ("batch:BatchJudge", "search for judged queries in shards"),
    ("search",): ("search:Search", "search a shop"),
    ("suggest", "calibrate"): ("suggest_calibrate:SuggestCalibrate", "how close two suggestions may be"),
    ("suggest", "lists"): ("suggest_lists:SuggestLists", "what is always and what is never suggested"),
    ("suggest",): ("suggest:Suggest", "complete what is being typed"),
    ("train", "ask"): ("train_ask:TrainAsk", "a model that turns questions about a shop into SQL"),
    ("ask",): ("ask:Ask", "ask a shop about its products, sales and searches in plain words"),
    ("evaluate", "ask"): ("evaluate_ask:EvaluateAsk", "execution accuracy over questions with their SQL"),
    ("serve",): ("serve:Serve", "serve a shop over HTTP"),
    ("simulate",): ("simulate:Simulate", "simulated shopper sessions in the events schema"),
}


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status is 0 done, 2 wrong use or bad input, 1 anything else."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _run(words)
        sys.stdout.flush()
    except UserError as error:
        return _complain(error, 2)
    except (AisleError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            # The reader has gone (`aisle … | head`): nothing more to say, and nothing to flush at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return _complain(error, 1)
    except KeyboardInterrupt:
        return _complain("stopped", 130)
    return status


def _run(words: list[str]) -> int:
    if words[:1] in (["--version"], ["-V"]):
        print(f"aisle {__version__}")
        return 0
    if not words or words[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    for length in (2, 1):
        path = tuple(words[:length])
        if path in COMMANDS:
            command = _parse(path, words[length:])
            result = command.run()
            return int(result or 0)
    group = [path for path in COMMANDS if path[0] == words[0]]
    if group and words[1:2] in (["--help"], ["-h"], []):
        print(_help(words[0]))
        return 0 if words[1:] else 2
    allowed = ", ".join(" ".join(path) for path in (group or COMMANDS))
    raise UserError(f"there is no command {' '.join(words[:2])!r}; the commands are: {allowed}")


def _parse(path: tuple[str, ...], flags: list[str]) -> Any:
    import tyro

    from aisle.cli.recipe import with_recipe

    module_name, class_name = COMMANDS[path][0].split(":")
    command = getattr(import_module(f"aisle.cli.commands.{module_name}"), class_name)
    config = (tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes)
    return tyro.cli(command, prog=" ".join(("aisle", *path)), args=with_recipe(command, flags), config=config)


def _help(group: str = "") -> str:
    lines = ["aisle: from raw text to a shop's search box", "", "commands (each takes --help):"]
    lines += [
        f"  aisle {' '.join(path):<20}{what}" for path, (_, what) in COMMANDS.items() if not group or path[0] == group
    ]
    return "\n".join(lines)


def _complain(message: object, status: int) -> int:
    print(f"aisle: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
