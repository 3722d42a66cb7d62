"""The driving test as JUnit writes test results, for CI: a suite for each client, a case for each
rule. Warnings stand in a case's output, as JUnit has none.

Structure: https://github.com/windyroad/JUnit-Schema/blob/master/JUnit.xsd
"""

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from hypersim.api.plain_json import iso
from hypersim.service.watch.client import Judged
from hypersim.service.watch.rule import Finding, Verdict

XML = "application/xml"


def junit_of(clients: Iterable[tuple[str, Sequence[Judged]]]) -> bytes:
    """Of clients by name, with what every rule says."""
    root = Element("testsuites", name="hypersim driving test")
    for name, judged in clients:
        failed = sum(one.verdict is Verdict.FAIL for one in judged)
        suite = SubElement(root, "testsuite", name=name, time="0", errors="0", skipped="0")
        suite.set("tests", str(len(judged)))
        suite.set("failures", str(failed))
        for one in judged:
            case = SubElement(suite, "testcase", name=one.rule, classname="driving-test", time="0")
            if one.verdict is not Verdict.PASS:
                _tell(case, one)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _tell(case: Element, judged: Judged) -> None:
    lines = "\n".join(map(_line, judged.findings))
    if judged.verdict is Verdict.FAIL:
        first = judged.findings[0].text
        SubElement(case, "failure", type=judged.rule, message=first).text = lines
    else:
        SubElement(case, "system-out").text = f"warning\n{lines}"


def _line(finding: Finding) -> str:
    orders = ", ".join(map(str, finding.orders)) or "none"
    requests = ", ".join(map(str, finding.requests)) or "none"
    return f"{iso(finding.timestamp)} {finding.text} (orders: {orders}; requests: {requests})"
