"""What the second reader makes of CBOR: one answer a line, for jwp-core/tests/outside.rs.

Input lines are `item HEX` (one value) or `receipt HEX`; the answer is the value in the notation of `say`, or
`refused CODE`.
"""

import pathlib, sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "reference"))
from receipt import Decimal, Reader, Receipt, Refused  # noqa: E402 (the folder is named above)


def say(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return "4([{},{}])".format(*value)
    if isinstance(value, bytes):
        return f"h'{value.hex()}'"
    if isinstance(value, str):
        return f"t'{value.encode().hex()}'"
    if isinstance(value, list):
        return f"[{','.join(map(say, value))}]"
    return "{" + ",".join(f"{say(key)}:{say(each)}" for key, each in value.items()) + "}"


def answer(kind, data):
    try:
        if kind == "receipt":
            one = Receipt(data)
            parts = [one.protected, one.unprotected, one.payload, one.signature]
            return " ".join(map(say, [parts, one.header, one.fields]))
        reader = Reader(data)
        value = reader.item()
        reader.finish()
        return say(value)
    except Refused as refused:
        return f"refused {refused.code}"


for line in sys.stdin:
    kind, _, data = line.rstrip("\n").partition(" ")
    print(answer(kind, bytes.fromhex(data)))
