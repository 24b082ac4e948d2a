"""docs/rules.md, made from the rules' docstrings: ``python -m diffusion_sim.week.rules_page docs/rules.md``."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

from diffusion_sim.week.replaceable_rules import ARGUMENTS, FACTS, RULES, Replaceable

_HEAD = """# Your own rules

Made by `python -m diffusion_sim.week.rules_page docs/rules.md`; do not edit here.

A rule is a small function of the model, such as how strongly colleagues pull a teacher to try. You may put a Python
function of your own in the place of any rule below, without reading our code. It is an ordinary function of numbers
that returns a number:

- Its arguments have names of the rule's own arguments, or of what any rule may ask for (last table).
- `p` holds the scenario's numbers of one section, by key: `p.q` is `trial.q`, see [catalogue.md](catalogue.md).
- It may use arithmetic, `if`, `for`, `math`, NumPy functions of numbers, and numbers and functions of your file;
  imports stand at the top of the file. It is compiled, so it cannot use lists that grow, text or files.
- It draws no random numbers: chance stays the model's, so that comparisons stay paired.
- A teacher has one number that belongs to your rules: the column `mine`, 0 at the start and for who is new. The rule
  `remember` returns its new value, once a week. It moves with the person, and is saved and copied with the model. More
  than one number is not possible.
- What it returns is checked all the time. NaN, or a value outside the bounds below, ends the run with an error that
  names rule, file, line, week, teacher and arguments. A comparison goes on with its other runs, says first how many are
  missing, and ends with exit code 1; where all runs fail, it ends with 2 and writes nothing.
- It cannot print. To look into it, call it as the Python function it is:
  `same_grade_only(0.125, types.SimpleNamespace(q=0.93, kappa=1.0))`.
- It has no arguments with defaults: write such numbers at the top of the file.

The first run on a machine compiles the model, which takes half a minute to some minutes. Each new or changed rule, or
number at the top of its file, adds ten seconds to a minute, once on a machine. Runs with own rules go one teacher at a
time (1.5 to 3 times as long). The rule's code is part of a run's identity: of its key in a study, of
`provenance.json` (a digest) and of saved models, which refuse a rule that has changed.

The commands below are those of an environment that is active: `source .venv/bin/activate` where README.md's first
command was used.

## Example 1: only colleagues of the same grade count

Write a file `my_rules.py`:

```python
def same_grade_only(exposure_same_grade, p):
    return p.q * exposure_same_grade**p.kappa
```

`exposure_same_grade` is a share of all ties: a teacher with two users among eight colleagues, one of them of the own
grade, has an exposure of 1/4 and an exposure_same_grade of 1/8. So this rule takes pull away; colleagues still act by
the other ways (being heard of, `awareness_hazard`; conviction; `learn_from_peers`).

Try it in one run, then compare strategies under it. `--against-usual` runs the same with the usual rules, on the same
seeds, and shows what your rule changes, in a table and as dotted lines in the figure:

```bash
diffusion-sim run mid_size_district --strategy directed_uniform \\
  --rule peer_force=my_rules.py:same_grade_only --allow-code
diffusion-sim compare mid_size_district --replicates 10 --strategies none,volunteer_uniform,directed_uniform \\
  --rule peer_force=my_rules.py:same_grade_only --allow-code --against-usual --out results/same_grade
```

`results/same_grade/figure.png` is the figure, `against_usual.csv` the table. The baseline `none` runs under your rule,
too. In Python:

```python
import diffusion_sim as ds
from my_rules import same_grade_only

ds.ReformModel("mid_size_district", rng=1, strategy="directed_uniform", rules={"peer_force": same_grade_only}).run()
rules = {"peer_force": "my_rules.py:same_grade_only"}
c = ds.compare("mid_size_district", replicates=10, rules=rules, allow_code=True, against_usual=True)
c.against_usual                       # strategy, measure, usual, own, difference, low, high, n
c.plot().savefig("same_grade.png")    # in a notebook, c.plot() as the last line of a cell shows it
```

`ReformModel` takes any function, of a script or a notebook's cell too. `compare` and studies send rules to other
processes, so they need one that is imported from a file of its own, or the text `"my_rules.py:same_grade_only"`. In a
script put what runs under `if __name__ == "__main__":`.

Or in a scenario's file, for studies too (`--allow-code` where it runs; paths are relative to the file, then to the
working folder). Two scenarios, one with and one without `rules:`, make a study of a rule:

```yaml
rules:
  peer_force: my_rules.py:same_grade_only
```

## Example 2: a teacher drops the practice after two bad quarters

This needs a memory. Add to `my_rules.py`:

```python
def count_bad_quarters(mine, week, using, payoff):
    if not using:
        return 0.0  # who begins again begins with a clean slate
    if week % 9 != 0:  # a quarter has nine weeks
        return mine
    return mine + 1.0 if payoff < 0.0 else 0.0


def drop_after_two(ratio, hold, agenda, p, mine):
    if mine >= 2.0:
        return 1000.0  # a hazard a school year: nearly all stop within the week
    return ratio * hold * agenda * p.d0  # the usual rule
```

```bash
diffusion-sim compare mid_size_district --replicates 10 --strategies none,volunteer_uniform,directed_uniform \\
  --rule remember=my_rules.py:count_bad_quarters --rule stop_hazard=my_rules.py:drop_after_two \\
  --allow-code --against-usual --out results/two_bad_quarters
```

Reach falls at the end of quarters, when all whose second bad one has ended stop at once, and grows in between, when
some begin again, most under a mandate.

## More of the kind

Complex contagion with a threshold of heads, not of shares, in the place of `peer_force`:

```python
def at_least_three(exposure, users_seen, p):
    return p.q * exposure**p.kappa if users_seen >= 3.0 else 0.0
```

## The rules

`diffusion-sim rules` lists them, `diffusion-sim rules stop_hazard` says all of one; `ds.list_rules()` in Python. Rules
of whole schools and leaders (readiness, trust, norms) and of money and enrolment cannot be replaced yet.

Each is shown as the model has it, to copy and change; for `pick(condition, a, b)` write `a if condition else b`.
"""


def _source(rule: Replaceable) -> str:
    """The text of a rule, with its docstring, under the name by which it is replaced."""
    text = re.sub(r"\bexp\(", "math.exp(", inspect.getsource(rule.function.py_func))
    return text[text.index("def ") :].replace(f"def {rule.function.py_func.__name__}(", f"def {rule.name}(", 1).strip()


def page() -> str:
    """The whole page as Markdown text."""
    parts = [_HEAD.replace(" \\\n  ", " ")]  # a command is one line, which may be copied whole
    for rule in RULES.values():
        parts.append(f"\n### {rule.name}({', '.join(rule.parameters)})\n")
        parts.append(f"```python\n{_source(rule)}\n```")
        parts.append(f"\nReturns {rule.unit}, from {rule.low:g} to {rule.high:g}. `p`: section `{rule.group}`.")
        own = [name for name in rule.parameters if name != "p"]
        parts += ["\n| argument | unit | meaning |", "|---|---|---|"]
        parts += [f"| `{name}` | {ARGUMENTS[name][1]} | {ARGUMENTS[name][2]} |" for name in own]
    parts += ["\n## What any rule may ask for\n", "As the week begins, unless said otherwise.\n"]
    parts += ["| argument | unit | meaning |", "|---|---|---|"]
    parts += [f"| `{name}` | {unit} | {text} |" for name, (unit, text) in FACTS.items()]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
