"""Every receipt of ours under eight verifiers that share no code with us, and three forgeries of each.

    python3 verify.py PEERS VECTORS CANARY

PEERS holds the verifiers, VECTORS is ../vectors, CANARY what the example `canary` wrote. `verifiers.tsv` says which algorithm each accepts, and why
not: a receipt of one that it refuses and it accepts fails, as does the other way round. A forgery is the
receipt with one bit of its payload, of its signature or of its protected header changed: nobody may accept it.
"""

import base64, collections, pathlib, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "reference"))
sys.dont_write_bytecode = True
from receipt import Receipt  # noqa: E402 (the folder is named above)


def raw_key(pem):
    return base64.b64decode("".join(line for line in pem.splitlines() if "-----" not in line))[-32:]


def receipts(vectors, canary):
    """(name, algorithm, bytes, public key) of every receipt that must be accepted."""
    for folder, algorithm in (("kinds", -8), ("algorithm-19", -19)):
        key = raw_key((vectors / folder / "key.pub.pem").read_text())
        for path in sorted((vectors / folder).glob("*.cbor")):
            yield f"{folder}/{path.stem}", algorithm, path.read_bytes(), key
    keys = {path.name.split(".")[0]: raw_key(path.read_text()) for path in (vectors / "canary").glob("*.pub.pem")}
    for folder, chain in (("canary", "release.jwp"), ("rules", "whole-algorithm-19.jwp")):
        data = (vectors / folder / chain).read_bytes()
        while data:
            receipt = Receipt(data, whole=False)
            one, data = data[: receipt.size], data[receipt.size :]
            yield f"{folder}/{chain} {receipt.seq}", receipt.header[1], one, keys[receipt.header[15][1]]
    for path in sorted(canary.glob("*/*.cose")):
        yield f"example/{path.stem}", -8, path.read_bytes(), (path.parent / "pub.raw").read_bytes()


def forgeries(data):
    """The receipt with one bit changed, by the part that it is in."""
    receipt = Receipt(data)
    # The last byte of the header is in the text of typ, that of the payload in its last value: what is
    # changed is a value, and no reader can refuse it for its form.
    for part, content in (("payload", receipt.payload), ("signature", receipt.signature), ("protected", receipt.protected)):
        forged = bytearray(data)
        forged[content.at + len(content) - 1] ^= 1
        yield part, bytes(forged)


def run(peers, verifier, listing):
    program = [str(peers / "venv/bin/python"), str(HERE / "batch.py")]
    if verifier.endswith(".mjs"):
        program = ["node", str(HERE / "batch.mjs")]
    done = subprocess.run([*program, str(peers / verifier), str(listing)], capture_output=True, text=True, timeout=200)
    if done.returncode:
        sys.exit(f"{verifier}: {done.stderr}")
    return [int(line) for line in done.stdout.split()]


def main(peers, vectors, canary, work):
    table = [line.split("\t") for line in (HERE / "verifiers.tsv").read_text().splitlines() if line[0] != "#"]
    cases, lines, count = [], [], collections.Counter()
    for name, algorithm, data, key in receipts(vectors, canary):
        count[algorithm] += 1
        for part, content in [("whole", data), *forgeries(data)]:
            path = work / f"{len(cases)}.cose"
            path.write_bytes(content)
            (work / f"{key.hex()}.raw").write_bytes(key)
            lines.append(f"{path}\t{work / key.hex()}.raw\n")
            cases.append((name, algorithm, part))
    listing = work / "list"
    listing.write_text("".join(lines))
    wrong = []
    for verifier, library, eight, nineteen, reason in table:
        codes = run(peers, verifier, listing)
        if len(codes) != len(cases):
            sys.exit(f"{verifier}: {len(codes)} verdicts of {len(cases)}")
        if ("refuses" in (eight, nineteen)) != (reason != "-"):
            sys.exit(f"{verifier}: a refusal has a reason, and nothing else has")
        for (name, algorithm, part), code in zip(cases, codes):
            accepts = part == "whole" and {-8: eight, -19: nineteen}[algorithm] == "accepts"
            if code != (0 if accepts else 1):
                said = {0: "accepts", 1: "refuses"}.get(code, "falls over")
                wrong.append(f"{verifier} {said} {name} ({algorithm}, {part})")
        print(f"{verifier}: {codes.count(0)} accepted, {len(codes) - codes.count(0)} refused")
    print("\n".join(wrong + [f"{len(cases)} messages, {len(table)} verifiers, {len(wrong)} not as expected"]))
    # 22 kinds and a release of nine receipts under each algorithm, and the nine of the example.
    return 1 if wrong or len(table) != 8 or count != {-8: 40, -19: 31} else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), *map(pathlib.Path, [*sys.argv[2:], folder])))
