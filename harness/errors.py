# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that can go wrong outside the series itself.

A bad patch is a value (a ``Finding``, an ``Outcome``); a broken tool or an
unusable input is one of these::

    HarnessError
    ├── UsageError           2    the command line or a file of ours is wrong
    ├── InputRefusedError    3    the mail or patch cannot be taken
    ├── InfrastructureError  5    a tool, the machine or the cache failed
    │   ├── ToolMissingError      a program is not installed
    │   ├── CommandFailedError    a program ended with an unexpected code
    │   ├── DeadlineError         a program did not end in time
    │   └── NoBootError           a kernel does not come up, twice
    └── InterruptedRunError  130  Ctrl-C or SIGTERM

Anything else is an internal error, exit code 70.

Each carries one line that says what happened and, where there is one, the
next step for the user.
"""


class HarnessError(Exception):
    """The root; ``exit_code`` is what the process ends with."""

    exit_code = 5

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(HarnessError):
    """Wrong use: an option, a path or a file of the project itself."""

    exit_code = 2


class InputRefusedError(HarnessError):
    """The mail, patch or series cannot be taken or does not apply."""

    exit_code = 3


class InfrastructureError(HarnessError):
    """The machine, not the series, is at fault; the run can be resumed."""


class NoBootError(InfrastructureError):
    """A kernel gave no life sign, twice; ``said`` is the end of its console."""

    def __init__(self, message: str, said: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.said = said


class ToolMissingError(InfrastructureError):
    """A program that the next step needs is not installed."""

    def __init__(self, tool: str, *, needed_for: str, package: str) -> None:
        super().__init__(
            f"{tool} is not installed (needed for {needed_for})",
            hint=f"apt-get install {package}",
        )
        self.tool = tool


class CommandFailedError(InfrastructureError):
    """A program ended with a code that was not among the good ones."""

    def __init__(self, command: str, returncode: int, tail: str, *, hint: str = "") -> None:
        lines = tail.strip().splitlines() or ["(no output)"]
        # make's last word is that it leaves a directory
        says = next((t for t in lines if "error" in t.lower() or "cannot" in t), lines[-1])
        super().__init__(f"{command} ended with {returncode}: {says}", hint=hint)
        self.returncode = returncode
        self.tail = tail


class DeadlineError(InfrastructureError):
    """A program did not end in the time it was given."""


class InterruptedRunError(HarnessError):
    """The user (or the CI) stopped the run."""

    exit_code = 130
