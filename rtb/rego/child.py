"""The child process that tries a module: one request on stdin, one result on stdout."""

import resource
import sys
import time
from typing import Final

import msgspec

from rtb.rego.engine import evaluate
from rtb.rego.vet import Module, Rejected, vet

CPU_SECONDS: Final = 5
MEMORY_BYTES: Final = 1024**3
MOST_PARSE_SECONDS: Final = 0.5
MOST_RULE_SECONDS: Final = 0.005  # every bid may wait for it
INPUTS: Final = 3  # the first evaluation also compiles, so the fastest of so many counts


class Request(msgspec.Struct, frozen=True):
    source: str
    rules: tuple[str, ...] = ()
    samples: tuple[object, ...] = ()


class Checked(msgspec.Struct, frozen=True):
    """One of the module's own tests."""

    name: str
    passed: bool
    error: str = ""


class Result(msgspec.Struct, frozen=True):
    """``problem`` is empty where the module may run; ``line`` counts from 1, 0 is unknown."""

    problem: str = ""
    line: int = 0
    rules: tuple[str, ...] = ()
    tests: tuple[Checked, ...] = ()


def result_of(request: Request) -> Result:
    began = time.process_time()
    try:
        module = vet(request.source)
    except Rejected as exc:
        return Result(exc.message, exc.line)
    if time.process_time() - began > MOST_PARSE_SECONDS:
        return Result("The policy takes too long to read: nest less")
    tests = tuple(_checked(module, name) for name in module.tests)
    rules = tuple(sorted(module.rules))
    return Result(_problem_with_samples(module, request), 0, rules, tests)


def _checked(module: Module, name: str) -> Checked:
    answer = evaluate(module.source, [module], name, b"{}")[0]
    return Checked(name, bool(answer.messages), answer.error)


def _problem_with_samples(module: Module, request: Request) -> str:
    """Errors that every input brings out, such as a conflict of rules, and slowness."""
    for rule in set(request.rules) & module.rules:
        for sample in request.samples or ({},):
            document = msgspec.json.encode(sample)
            answers = [evaluate(module.source, [module], rule, document)[0] for _ in range(INPUTS)]
            if answers[0].error:
                return f"{rule} fails: {answers[0].error}"
            if min(answer.cpu_seconds for answer in answers) > MOST_RULE_SECONDS:
                return f"{rule} takes more than {MOST_RULE_SECONDS * 1000:g} ms: simplify it"
    return ""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    sys.stdout.buffer.write(msgspec.json.encode(result_of(request)))


if __name__ == "__main__":
    main()
