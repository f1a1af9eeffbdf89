"""Whether a value has a shape, by the rules of ../jwp.cddl, in as much of CDDL (RFC 8610) as they use.

A value is what receipt.py reads: int, str, Bytes, bool, Decimal, list, dict. Anything in the file that is not
understood here is an error, never a match.
"""

import re

TOKEN = re.compile(r'\s+|;[^\n]*|("(?:[^"\\]|\\.)*"|#6\.\d+|=>|\.\.|\.[a-z]+|-?\d+|[A-Za-z][A-Za-z0-9_-]*|[][(){}?*+/,=:])')


class Shapes:
    def __init__(self, text):
        self.tokens, at = [], 0
        while at < len(text):
            token = TOKEN.match(text, at)
            if not token:
                raise ValueError(f"not understood: {text[at : at + 20]!r}")
            at = token.end()
            if token[1]:
                self.tokens.append(token[1])
        self.at, self.rules = 0, {}
        while self.at < len(self.tokens):
            name = self.take()
            self.take("=")
            self.rules[name] = self.choice()

    def take(self, expected=None):
        token = self.tokens[self.at]
        if expected not in (None, token):
            raise ValueError(f"{token} where {expected} should be")
        self.at += 1
        return token

    def peek(self, *tokens, ahead=0):
        return self.at + ahead < len(self.tokens) and self.tokens[self.at + ahead] in tokens

    def choice(self):
        options = [self.type()]
        while self.peek("/"):
            self.take()
            options.append(self.type())
        return ("choice", options) if len(options) > 1 else options[0]

    def type(self):
        token = self.take()
        if token == "{":
            return "map", self.entries("}")
        if token == "[":
            return "array", self.entries("]")
        if token.startswith("#6."):
            self.take("(")
            inner = self.choice()
            self.take(")")
            return "tag", int(token[3:]), inner
        value = ("literal", literal(token)) if token[0] == '"' or token.lstrip("-").isdigit() else ("name", token)
        if self.peek(".."):
            self.take()
            return "range", value[1], int(self.take())
        if self.peek(".size", ".regexp", ".cbor"):
            control = self.take()
            return control, value, literal(self.take())
        return value

    def entries(self, close):
        """(occurrence, key or None, type) of each member."""
        entries = []
        while not self.peek(close):
            occurs, key = self.take() if self.peek("?", "*", "+") else "", None
            value = self.choice()
            if self.peek("=>", ":"):
                # A name in front of a colon is a comment in an array, and nowhere else is there one.
                key = value if self.take() == "=>" else None
                value = self.choice()
            entries.append((occurs, key, value))
            if self.peek(","):
                self.take()
        self.take(close)
        return entries

    def matches(self, rule, value, ranges=True):
        """Without `ranges` any integer does in the place of one between two constants."""
        self.ranges = ranges
        return self.has(("name", rule), value)

    def has(self, shape, value):
        word = shape[0]
        if word == "choice":
            return any(self.has(option, value) for option in shape[1])
        if word == "literal":
            return type(value) is type(shape[1]) and value == shape[1]
        if word == "range":
            return type(value) is int and (not self.ranges or shape[1] <= value <= shape[2])
        if word == ".size":
            return self.has(shape[1], value) and len(value) == shape[2]
        if word == ".regexp":
            return self.has(shape[1], value) and re.fullmatch(shape[2], value) is not None
        if word == "tag":
            return shape[1] == 4 and type(value).__name__ == "Decimal" and self.has(shape[2], list(value))
        if word == "array":
            return isinstance(value, list) and self.has_members(shape[1], value)
        if word == "map":
            return isinstance(value, dict) and self.has_fields(shape[1], value)
        if word != "name":
            raise ValueError(word)
        if shape[1] in self.rules:
            return self.has(self.rules[shape[1]], value)
        return {
            "uint": type(value) is int and value >= 0,
            "int": type(value) is int,
            "tstr": type(value) is str,
            "bstr": isinstance(value, bytes),
            "bool": type(value) is bool,
        }[shape[1]]

    def has_members(self, entries, value):
        if len(entries) == 1 and entries[0][0] in ("*", "+"):
            occurs, _, shape = entries[0]
            return (bool(value) or occurs == "*") and all(self.has(shape, each) for each in value)
        return len(entries) == len(value) and all(self.has(shape, each) for (_, _, shape), each in zip(entries, value))

    def has_fields(self, entries, value):
        known = set()
        for occurs, key, shape in entries:
            if occurs in ("*", "+"):
                rest = {name: each for name, each in value.items() if name not in known}
                fits = all(self.has(key, name) and self.has(shape, each) for name, each in rest.items())
                return fits and (bool(rest) or occurs == "*")
            known.add(key[1])
            if key[1] in value:
                if not self.has(shape, value[key[1]]):
                    return False
            elif occurs != "?":
                return False
        return set(value) <= known


def literal(token):
    return token[1:-1] if token[0] == '"' else int(token) if token.lstrip("-").isdigit() else token
