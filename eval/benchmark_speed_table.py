"""The result of the speed benchmark as Markdown."""

from statistics import median
from typing import Any

from eval.benchmark_speed_machine import BUSY, is_busy
from rupture_nlp import __version__

Result = dict[str, Any]  # as in benchmark_speed.json
_HASH_LETTERS = 12


def markdown(result: Result) -> str:
    """Goals, speeds, ratios, and what they rest on."""
    lines = [
        f"{result['corpus']['utterances']:,} utterances in {result['corpus']['sessions']} made "
        f"sessions, from text to labels; the same weights and {result['machine']['threads']} "
        f"threads for all. Medians of {result['rounds']} interleaved rounds in one process. "
        f'"Ours" is {result["ours"].removeprefix("ours, ")}, which `rupture-nlp label` takes here '
        "of itself.",
        "",
        *warning(result),
        *_goals(result),
        "",
        *_speeds(result),
        "",
        *_ratios(result),
        "",
        *_growth(result),
        "",
        "How it was measured:",
        "",
        *(f"* {line}" for line in _notes(result)),
        "",
        f"`{signature(result)}`",
        "",
    ]
    return "\n".join(lines)


def signature(result: Result) -> str:
    """What the figures depend on, in one line."""
    labeller = result["labeller"]
    shown = {
        "metric": "utterances_a_second",
        "model": labeller["model_name"],
        "weights": labeller["model_sha256"][:_HASH_LETTERS],
        "engine": labeller["engine"],
        "precision": labeller["precision"],
        "corpus": result["corpus"]["sha256"][:_HASH_LETTERS],
        "seed": result["corpus"]["seed"],
        "rounds": result["rounds"],
        "threads": result["machine"]["threads"],
        "version": __version__,
    }
    return "|".join(f"{name}:{value}" for name, value in shown.items())


def warning(result: Result) -> list[str]:
    """That others used the machine, if they did."""
    # The load is of the minutes before, so it tells only where nothing else does.
    load, cores = result["load"], result["machine"]["cores"]
    others = load["cores_of_others"]
    busy = load["before"] > BUSY * cores if others is None else is_busy(others)
    if not busy:
        return []
    used = f"the load was {load['before']:.1f}" if others is None else f"others used {others:.1f}"
    return [
        f"**The machine was not free: {used} of {cores} cores. These figures do not count; ratios "
        "suffer less than speeds.**",
        "",
    ]


def _goals(result: Result) -> list[str]:
    return [
        "| ours | goal | measured | |",
        "|---|---|---|---|",
        *(
            f"| {row['name']} | {row['goal']} | {row['measured']} | {row['verdict']} |"
            for row in result["goals"]
        ),
    ]


def _speeds(result: Result) -> list[str]:
    return [
        "| option | utterances measured | utterances a second | slowest to fastest round "
        "| share of peak |",
        "|---|---|---|---|---|",
        *(
            f"| {row['name']} | {row['utterances']:,} | {_rate(row['utterances_a_second'])} "
            f"| {_rate(row['slowest'])} to {_rate(row['fastest'])} | {_share(row)} |"
            for row in result["options"]
        ),
    ]


def _ratios(result: Result) -> list[str]:
    rivals = [row["name"] for row in result["options"] if not row["ours"]]
    ours = list(result["ratios"])
    return [
        "How many times as many utterances a second, median over rounds:",
        "",
        "| against | " + " | ".join(name.removeprefix("ours, ") for name in ours) + " |",
        "|---|" + "---|" * len(ours),
        *(
            f"| {rival} | "
            + " | ".join(f"{result['ratios'][name][rival]:.1f}" for name in ours)
            + " |"
            for rival in rivals
        ),
    ]


def _growth(result: Result) -> list[str]:
    growth = result["growth"]
    points = zip(growth["points"], growth["ms_an_utterance_of"], strict=True)
    return [
        "| sessions | utterances | seconds | ms an utterance | ms a session |",
        "|---|---|---|---|---|",
        *(_growth_row(point, ms) for point, ms in points),
        "",
        f"By least squares {growth['fixed_s']:.2f} s and {growth['ms_an_utterance']:.2f} ms an "
        f"utterance; the time grows with utterances to the power of {growth['exponent']:.2f}.",
    ]


def _growth_row(point: Result, ms: float) -> str:
    seconds = median(point["seconds"])
    return (
        f"| {point['sessions']:,} | {point['utterances']:,} | {seconds:.2f} | {ms:.2f} "
        f"| {1000 * seconds / point['sessions']:,.0f} |"
    )


def _notes(result: Result) -> list[str]:
    return [
        *_notes_on_text(result),
        *_notes_on_rivals(result),
        *_notes_on_ours(result),
        *_notes_on_machine(result),
    ]


def _notes_on_text(result: Result) -> list[str]:
    quantiles = "; ".join(
        f"{name} "
        + ", ".join(f"{value:g}" for value in (round(v) for v in values.values()))
        + f" (quantiles {', '.join(values)})"
        for name, values in result["corpus"]["quantiles"].items()
    )
    return [
        "text: who speaks and how many words a turn has, from the authored corpora turn by turn; "
        f"each word drawn from all of theirs; {quantiles}",
    ]


def _notes_on_rivals(result: Result) -> list[str]:
    parts = "; ".join(
        f"{part['recipe']}, {'neighbours' if part['context'] else 'alone'}: "
        f"{part['utterances']:,} of {part['mean_tokens']:.1f} tokens, all "
        f"{part['mean_tokens_of_all']:.1f}"
        for part in result["parts"]
    )
    return [
        "the others: this encoder with a classification head of five codes, loaded by transformers "
        "in fp32, or with weights in bf16; pipeline: "
        "`text-classification` on a list; sorted: all texts tokenised and sorted by length, each "
        "batch padded to its longest; their tokenizers may use all threads; neighbours: eight "
        "predecessors and the utterance in one text, at most 512 tokens",
        "what they ran on: fixed parts, drawn with a seed in strata of length, of the 200 draws "
        "the one whose mean length is nearest to that of all; sorted: whole batches of the "
        f"sorted corpus; {parts}",
    ]


def _notes_on_ours(result: Result) -> list[str]:
    context = result["context"]
    own = next(row for row in result["options"] if row["name"] == result["ours"])
    fewest = (
        "every one does"
        if context["fewest"] is None
        else f"the fewest that one sees is {context['fewest']}"
    )
    return [
        "ours: tokenising (in a thread beside), windows, network, decisions, episodes, ratings and "
        "the bytes of the parts; without reading and writing files",
        f"ours sees {100 * context['share']:.1f} % of the utterances with at least "
        f"{context['asked']} whole predecessors, or all that there are; {fewest}. On average "
        f"{context['mean_before']:.1f} before and {context['mean_after']:.1f} after it",
        f"share of peak: {own['operations'] / 1e12:.2f} x 10^12 operations, the matrix products of "
        f"{own['tokens']:,} real tokens, of which {own['new_tokens']:,} are labelled and the rest "
        "is context; padding is not counted as work; over the time from text to labels",
        *(f"not measured: {name}: {why}" for name, why in result["left_out"].items()),
    ]


def _notes_on_machine(result: Result) -> list[str]:
    machine, load = result["machine"], result["load"]
    peaks = ", ".join(
        f"{name} {max(found) / 1e9:,.0f}" for name, found in result["peaks"].items() if found
    )
    others = load["cores_of_others"]
    starts = ", ".join(f"{one['first_label_s']:.2f}" for one in result["starts"])
    ends = median(one["end_s"] for one in result["starts"])
    return [
        f"peak: torch's fastest of four large products, best of all rounds, 10^9 a second: {peaks}",
        "memory: most resident of a fresh `rupture-nlp label` on files of the whole corpus, with "
        "tables and report; 1 MB is 10^6 bytes",
        "start: from the start of a `rupture-nlp label` on one short session to the first codes on "
        f"disk, the engine's cache warm: {starts} s; to the end of the process, with tables and "
        f"report, {ends:.2f} s",
        f"{machine['processor']} ({', '.join(machine['can'])}), {machine['cores']} cores, "
        f"{machine['memory_gb']} GB, {machine['system']}, Python {machine['python']}, "
        + ", ".join(f"{name} {number}" for name, number in machine["versions"].items()),
        f"load {load['before']:.1f} at the start; "
        + (
            "cores that others used meanwhile: not known"
            if others is None
            else f"others used {others:.2f} cores while it ran"
        ),
        f"`{result['command']}`",
    ]


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"  # noqa: PLR2004  # three digits


def _share(row: Result) -> str:
    share = row.get("fraction_of_peak")
    return "" if share is None else f"{share:.2f}"
