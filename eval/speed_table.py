"""The result of the speed benchmark as Markdown."""

from typing import Any

Result = dict[str, Any]  # as in harness_speed.json


def markdown(result: Result) -> str:
    """What was measured, the table, what it was measured on."""
    corpus, draws, done = result["corpus"], result["draws"], result["loop_draws"]
    parts, machine = result["parts"], result["machine"]
    ours = sum(part["harness"]["cpu"] for part in parts)
    loop = sum(part["loop"]["cpu"] for part in parts)
    whole = sum(part["loop_extrapolated"]["cpu"] for part in parts)
    lines = [
        f"{corpus['sessions']:,} made sessions x {corpus['utterances']} utterances x "
        f"{corpus['coders']} coders, {corpus['groups']} groups, {draws:,} draws of groups. "
        "Processor seconds, one thread.",
        "",
        f"| figures | harness: number of them | seconds | loop: number | seconds for {done} draws "
        f"| for {draws:,}, extrapolated | ratio |",
        "|---|---|---|---|---|---|---|",
        *(_row(part) for part in parts),
        _line(
            "together",
            sum(part["figures"] for part in parts),
            ours,
            sum(part["shared"] for part in parts),
            (loop, whole),
        ),
        "",
        f"The loop gives the rows of each draw to scikit-learn, scipy{_krippendorff(result)}. It "
        f"did {done} draws, the sample itself being the first. Every value was held against the "
        "harness's under the same draw; the greatest difference is "
        f"{max(part['greatest_difference'] for part in parts):.0e}. Each section of the harness "
        "ran three times; the middle time stands.",
        "",
        *(
            f"* the whole report of {one['name']}, {one['figures']} figures with intervals, "
            f"pictures and tables: {one['cpu']:.1f} s ({one['wall']:.1f} s on the wall)"
            for one in result["whole"]
        ),
        _load(result),
        f"* {machine['processor']}, {machine['system']}, Python {machine['python']}, "
        + ", ".join(f"{name} {number}" for name, number in machine["versions"].items()),
        "",
    ]
    return "\n".join(lines)


def _load(result: Result) -> str:
    before, after = (result["load_average"][when][0] for when in ("before", "after"))
    return (
        f"* load of the machine: {before:.1f} before, {after:.1f} after, on "
        f"{result['machine']['cores']} cores, of which the benchmark makes 1; "
        "what it waited for other work shows in the seconds on the wall"
    )


def _krippendorff(result: Result) -> str:
    return " and krippendorff" if result["krippendorff"] else " (krippendorff was not installed)"


def _row(part: Result) -> str:
    times = (part["loop"]["cpu"], part["loop_extrapolated"]["cpu"])
    return _line(part["name"], part["figures"], part["harness"]["cpu"], part["shared"], times)


def _line(name: str, figures: int, harness: float, shared: int, loop: tuple[float, float]) -> str:
    done, whole = loop
    return (
        f"| {name} | {figures} | {harness:.2f} | {shared} | {done:.1f} | {whole:,.0f} "
        f"| {whole / harness:,.0f} |"
    )
