"""The command line. No logic lives here: it reads words, calls the functions a Python user calls, and prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from diffusion_sim.cli.commands import cli
from diffusion_sim.errors import DiffusionSimError, check_compiler, told

WRONG = 2  # exit code: something was asked that cannot be done; one message says what
BROKEN = 70  # exit code: an error in this program
STOPPED = 130


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    sys.exit(call(args))


def call(args: Sequence[str] | None = None) -> int:
    """Run a command line (without the program's name; None = the process's own); returns the exit code."""
    if hasattr(sys.stdout, "reconfigure"):  # as standard error: what the screen cannot show is no fault of the program
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        check_compiler()
        code = cli.main(args=None if args is None else list(args), prog_name="diffusion-sim", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.Abort as error:  # click turns a KeyboardInterrupt into this; its text says how far the command came
        return _say(str(error.__cause__ or "") or "stopped", STOPPED)
    except click.ClickException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # a group without a command: later versions of click
            return _say(error.format_message(), WRONG)
        return _say(f"error: {error.format_message()}{_hint(error)}", WRONG)
    except DiffusionSimError as error:
        return _say(f"error: {error}", WRONG)
    except KeyboardInterrupt as error:
        return _say(str(error) or "stopped", STOPPED)
    except BrokenPipeError:
        return _unread()
    except SystemExit as error:
        # click exits like this where the reader of the output has closed it; a strategy of the user's own may do so
        # too. It is click where a broken pipe came before, or (later versions) where click has replaced standard
        # output.
        if isinstance(error.__context__, BrokenPipeError) or "PacifyFlush" in type(sys.stdout).__name__:
            return _unread()
        return _say(f"error: code of yours stopped the program ({told(error)})", WRONG)
    except MemoryError:
        return _say("error: there is not enough memory for this; try fewer --workers or a smaller world", WRONG)
    except Exception as error:
        if os.environ.get("DIFFUSION_SIM_DEBUG"):
            raise
        text = f"error: unexpected, a fault of the program: {told(error)}"
        return _say(f"{text}\n(DIFFUSION_SIM_DEBUG=1 shows where it happened)", BROKEN)
    except BaseException as error:  # GeneratorExit and the like come from nowhere else
        return _say(f"error: code of yours stopped the program ({told(error)})", WRONG)


def _unread() -> int:
    """The reader of our output has closed it (diffusion-sim check michigan | head): that is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 0


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    return code


def _hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"\nhelp: {context.command_path} --help" if context is not None else ""
