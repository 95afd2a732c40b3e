"""Formulas typeset: one tree, written as MathML, as LaTeX, as Typst mathematics or as a line of text."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import Protocol

from mcarbon.reading.formula import CONSTANTS, Call, Name, Node, Number, Pick, Reduce
from mcarbon.words.evidence import in_words
from mcarbon.words.wording import plain

_LOOSEST, _SUM, _PRODUCT, _POWER, _ATOM = range(5)
_COMPARED = {"lt": "<", "le": "≤", "gt": ">", "ge": "≥", "eq": "=", "ne": "≠"}
_OVER = {"sum": "∑", "prod": "∏", "mean": "mean"}


class Notation(Protocol):
    """How the parts of a formula are written."""

    fractions: bool
    """Whether a division stands one above the other, and needs no parentheses."""

    def number(self, text: str) -> str: ...
    def name(self, words: str) -> str: ...
    def infix(self, sign: str, left: str, right: str) -> str: ...
    def fraction(self, above: str, below: str) -> str: ...
    def power(self, base: str, exponent: str) -> str: ...
    def negative(self, inner: str) -> str: ...
    def parentheses(self, inner: str) -> str: ...
    def function(self, name: str, arguments: Sequence[str]) -> str: ...
    def cases(self, condition: str, then: str, otherwise: str) -> str: ...
    def over(self, sign: str, axis: str, inner: str) -> str: ...
    def at(self, inner: str, coordinate: str) -> str: ...


def typeset(node: Node, notation: Notation, term: Callable[[Name], str] | None = None) -> str:
    """A formula in a notation; `term` writes a name where it is to be something else, such as its number."""
    return _Writer(notation, term).write(node)[0]


class _Writer:
    def __init__(self, notation: Notation, term: Callable[[Name], str] | None) -> None:
        self.notation = notation
        self.term = term

    def write(self, node: Node) -> tuple[str, int]:
        """The text, and how tightly it holds together."""
        match node:
            case Number(value=value):
                named = next((name for name, constant in CONSTANTS.items() if constant == value), None)
                return self.notation.number("π" if named == "pi" else plain(value, 12)), _ATOM
            case Name(name=name):
                return (self.notation.name(in_words(name)) if self.term is None else self.term(node)), _ATOM
            case Pick(argument=argument, coordinate=coordinate):
                if self.term is not None and isinstance(argument, Name):
                    return self.term(argument), _ATOM
                return self.notation.at(self.held(argument, _ATOM), coordinate), _ATOM
            case Reduce(operation=operation, argument=argument, axis=axis):
                # Of many terms none has one number.
                inner = _Writer(self.notation, None).held(argument, _PRODUCT)
                return self.notation.over(_OVER[operation], in_words(axis), inner), _PRODUCT
            case Call():
                return self.call(node)
        raise AssertionError(node)

    def held(self, node: Node, tightness: int) -> str:
        text, holds = self.write(node)
        return text if holds >= tightness else self.notation.parentheses(text)

    def call(self, node: Call) -> tuple[str, int]:
        notation, arguments = self.notation, node.arguments
        match node.operation:
            case "add" | "sub":
                sign, tightness = ("+", _SUM) if node.operation == "add" else ("−", _PRODUCT)
                return notation.infix(sign, self.held(arguments[0], _SUM), self.held(arguments[1], tightness)), _SUM
            case "mul":
                return notation.infix("·", self.held(arguments[0], _PRODUCT), self.held(arguments[1], _PRODUCT)), _PRODUCT
            case "div" if notation.fractions:
                return notation.fraction(self.write(arguments[0])[0], self.write(arguments[1])[0]), _PRODUCT
            case "div":
                return notation.fraction(self.held(arguments[0], _PRODUCT), self.held(arguments[1], _POWER)), _PRODUCT
            case "pow":
                return notation.power(self.held(arguments[0], _ATOM), self.write(arguments[1])[0]), _POWER
            case "neg":
                return notation.negative(self.held(arguments[0], _PRODUCT)), _SUM
            case "where":
                return notation.cases(*(self.write(argument)[0] for argument in arguments)), _ATOM
            case operation if operation in _COMPARED:
                left, right = self.held(arguments[0], _SUM), self.held(arguments[1], _SUM)
                return notation.infix(_COMPARED[operation], left, right), _LOOSEST
            case operation:
                names = {"minimum": "min", "maximum": "max", "log": "ln"}
                return notation.function(names.get(operation, operation), [self.write(a)[0] for a in arguments]), _ATOM


class Mathml:
    """Presentation MathML, which browsers and screen readers know without a script."""

    fractions = True

    def number(self, text: str) -> str:
        return f"<mn>{html.escape(text)}</mn>"

    def name(self, words: str) -> str:
        return f"<mtext>{html.escape(words)}</mtext>"

    def infix(self, sign: str, left: str, right: str) -> str:
        return f'{left}<mo lspace=".25em" rspace=".25em">{html.escape(sign)}</mo>{right}'

    def fraction(self, above: str, below: str) -> str:
        return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"

    def power(self, base: str, exponent: str) -> str:
        return f"<msup><mrow>{base}</mrow><mrow>{exponent}</mrow></msup>"

    def negative(self, inner: str) -> str:
        return f"<mo>−</mo>{inner}"

    def parentheses(self, inner: str) -> str:
        return f"<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>"

    def function(self, name: str, arguments: Sequence[str]) -> str:
        return f"<mi>{name}</mi><mrow><mo>(</mo>{'<mo>,</mo>'.join(arguments)}<mo>)</mo></mrow>"

    def cases(self, condition: str, then: str, otherwise: str) -> str:
        rows = ((then, f"<mtext>where </mtext>{condition}"), (otherwise, "<mtext>otherwise</mtext>"))
        table = "".join(f"<mtr><mtd>{value}</mtd><mtd>{where}</mtd></mtr>" for value, where in rows)
        return f"<mrow><mo>{{</mo><mtable>{table}</mtable></mrow>"

    def over(self, sign: str, axis: str, inner: str) -> str:
        head = f"<mi>{sign}</mi>" if sign.isalpha() and sign.isascii() else f"<mo>{sign}</mo>"
        return f"<munder>{head}<mtext>{html.escape(axis)}</mtext></munder>{inner}"

    def at(self, inner: str, coordinate: str) -> str:
        return f"<msub><mrow>{inner}</mrow><mtext>{html.escape(coordinate)}</mtext></msub>"


class Latex:
    """LaTeX mathematics."""

    fractions = True

    def number(self, text: str) -> str:
        return r"\pi" if text == "π" else text.replace("\u2009", r"\,")

    def name(self, words: str) -> str:
        return rf"\text{{{latex_escape(words)}}}"

    def infix(self, sign: str, left: str, right: str) -> str:
        signs = {"·": r"\cdot", "−": "-", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "<": r"\lt", ">": r"\gt"}
        return f"{left} {signs.get(sign, sign)} {right}"

    def fraction(self, above: str, below: str) -> str:
        return rf"\frac{{{above}}}{{{below}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{{{base}}}^{{{exponent}}}"

    def negative(self, inner: str) -> str:
        return f"-{inner}"

    def parentheses(self, inner: str) -> str:
        return rf"\left({inner}\right)"

    def function(self, name: str, arguments: Sequence[str]) -> str:
        return rf"\operatorname{{{name}}}\left({', '.join(arguments)}\right)"

    def cases(self, condition: str, then: str, otherwise: str) -> str:
        return rf"\begin{{cases}}{then} & \text{{where }} {condition} \\ {otherwise} & \text{{otherwise}}\end{{cases}}"

    def over(self, sign: str, axis: str, inner: str) -> str:
        head = {"∑": r"\sum", "∏": r"\prod"}.get(sign, r"\operatorname*{mean}")
        return rf"{head}_{{\text{{{latex_escape(axis)}}}}} {inner}"

    def at(self, inner: str, coordinate: str) -> str:
        return rf"{{{inner}}}_{{\text{{{latex_escape(coordinate)}}}}}"


class TypstMath:
    """Typst mathematics; names are strings, so that nothing in them is read as markup."""

    fractions = True

    def number(self, text: str) -> str:
        return "pi" if text == "π" else typst_string(text)

    def name(self, words: str) -> str:
        return typst_string(words)

    def infix(self, sign: str, left: str, right: str) -> str:
        signs = {"·": "dot.op", "−": "-", "≤": "<=", "≥": ">=", "≠": "!="}
        return f"{left} {signs.get(sign, sign)} {right}"

    def fraction(self, above: str, below: str) -> str:
        return f"frac({above}, {below})"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^({exponent})"

    def negative(self, inner: str) -> str:
        return f"-{inner}"

    def parentheses(self, inner: str) -> str:
        return f"lr(({inner}))"

    def function(self, name: str, arguments: Sequence[str]) -> str:
        return f"op({typst_string(name)})({', '.join(arguments)})"

    def cases(self, condition: str, then: str, otherwise: str) -> str:
        return f'cases({then} & "where " {condition}, {otherwise} & "otherwise")'

    def over(self, sign: str, axis: str, inner: str) -> str:
        head = {"∑": "sum", "∏": "product"}.get(sign, 'op("mean", limits: #true)')
        return f"{head}_({typst_string(axis)}) {inner}"

    def at(self, inner: str, coordinate: str) -> str:
        return f"{inner}_({typst_string(coordinate)})"


class Plain:
    """A line of text."""

    fractions = False

    def number(self, text: str) -> str:
        return text

    def name(self, words: str) -> str:
        return words

    def infix(self, sign: str, left: str, right: str) -> str:
        return f"{left} {'×' if sign == '·' else sign} {right}"

    def fraction(self, above: str, below: str) -> str:
        return f"{above} ÷ {below}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{exponent}"

    def negative(self, inner: str) -> str:
        return f"−{inner}"

    def parentheses(self, inner: str) -> str:
        return f"({inner})"

    def function(self, name: str, arguments: Sequence[str]) -> str:
        return f"{name}({', '.join(arguments)})"

    def cases(self, condition: str, then: str, otherwise: str) -> str:
        return f"({then} where {condition}, otherwise {otherwise})"

    def over(self, sign: str, axis: str, inner: str) -> str:
        return f"{dict(zip('∑∏', ('sum', 'product'))).get(sign, sign)} over {axis} of {inner}"

    def at(self, inner: str, coordinate: str) -> str:
        return f"{inner} ({coordinate})"


_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    # After the end of a row a bracket or a star would be its argument, and where formulas stand in Markdown, a link.
    "[": "{[}", "]": "{]}", "*": "{*}",
    "\u2009": r"\,", "\u202f": r"\,", "×": r"\ensuremath{\times}", "÷": r"\ensuremath{\div}", "µ": r"\ensuremath{\mu}",
    "≤": r"\ensuremath{\leq}", "≥": r"\ensuremath{\geq}", "−": r"\ensuremath{-}", "|": r"\textbar{}",
}  # fmt: skip


def latex_escape(text: str) -> str:
    """A text with nothing in it that LaTeX reads as a command."""
    return "".join(_LATEX.get(sign, sign) for sign in text)


_TYPST = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


def typst_string(text: str) -> str:
    """A text as a string of Typst, in which nothing is markup."""
    return (
        '"' + "".join(_TYPST.get(sign) or (sign if sign.isprintable() else f"\\u{{{ord(sign):x}}}") for sign in text) + '"'
    )
