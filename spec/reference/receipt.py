"""One receipt, read and verified by the standard library alone: a second opinion, meant to be read.

    python3 receipt.py RECEIPT.cbor KEY.pub.pem     prints the link, or the code that refuses it
    python3 receipt.py --vectors ../vectors         compares with every vector; exit 1 where it differs

It shares no code with the project and follows ../format.md, sections 1 to 4. It is slow. A claim is any map
to it: chain.py beside it holds claims to their shape, and judges chains, trust, seals and stages.
"""

import base64, hashlib, pathlib, re, sys

MAX_RECEIPT, MAX_PROTECTED, MAX_TEXT, MAX_PROOFS, MAX_DEPTH, MAX_ITEMS = 1 << 20, 4096, 65536, 65536, 16, 65536
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+@:-]{0,127}\Z")
KIND = re.compile(r"(?=.{1,64}\Z)[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")
DIGEST = re.compile(r"(sha256|blake3):[0-9a-f]{64}\Z")
BAD_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ufeff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Refused(Exception):
    def __init__(self, code, offset=0):
        super().__init__(f"{code} at byte {offset}")
        self.code, self.offset = code, offset


class Bytes(bytes):
    """A byte string that knows where its content begins in the receipt."""

    at = 0


class Decimal(tuple):
    """(exponent, mantissa)"""


# --- 1. Values ------------------------------------------------------------------------------------


class Reader:
    def __init__(self, data, base=0, items=None):
        self.data, self.base, self.at, self.depth = data, base, 0, 0
        self.items = items if items is not None else [0]

    def refuse(self, code, at=None):
        raise Refused(code, self.base + (self.at if at is None else at))

    def head(self):
        """(major, argument) of the next item; floats and simple values are judged here."""
        start = self.at
        if start >= len(self.data):
            self.refuse("Codec.Truncated")
        major, info = self.data[start] >> 5, self.data[start] & 31
        size = {24: 1, 25: 2, 26: 4, 27: 8}.get(info, 0)
        if info == 31:
            self.refuse("Codec.Indefinite" if major in (2, 3, 4, 5) else "Codec.Malformed", start)
        if 28 <= info <= 30:
            self.refuse("Codec.Malformed", start)
        if major == 7 and size > 1:
            self.refuse("Codec.FloatNotAllowed", start)
        end = start + 1 + size
        if end > len(self.data):
            self.refuse("Codec.Truncated", start)
        argument = int.from_bytes(self.data[start + 1 : end], "big") if size else info
        if major == 7:
            if size == 1 and argument < 32:
                self.refuse("Codec.Malformed", start)
            if argument not in (20, 21):
                self.refuse("Codec.TypeMismatch", start)
        elif size and argument < (24 if size == 1 else 1 << (4 * size)):
            self.refuse("Codec.NonDeterministic", start)
        self.at = end
        self.items[0] += 1
        if self.items[0] > MAX_ITEMS:
            self.refuse("Codec.TooManyItems", start)
        return major, argument

    def take(self, length, start):
        if length > len(self.data) - self.at:
            self.refuse("Codec.LengthBeyondInput" if length > 1 << 20 else "Codec.Truncated", start)
        content = Bytes(self.data[self.at : self.at + length])
        content.at = self.base + self.at
        self.at += length
        return content

    def text(self, length, start):
        if MAX_TEXT < length <= 1 << 20:
            self.refuse("Codec.TooLarge", start)
        raw = self.take(length, start)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            self.refuse("Codec.BadText", start)
        if BAD_TEXT.search(text):
            self.refuse("Codec.BadText", start)
        return text

    def open(self, length, start):
        if length > 1 << 20:
            self.refuse("Codec.LengthBeyondInput", start)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse("Codec.TooDeep", start)

    def item(self, labels=False):
        """The next item; with `labels`, map keys may be integers (headers)."""
        start = self.at
        major, argument = self.head()
        if major == 2:
            return self.take(argument, start)
        if major == 3:
            return self.text(argument, start)
        if major == 7:
            return argument == 21
        if major in (0, 1, 6):
            return self.number(major, argument, start)
        self.open(argument, start)
        if major == 4:
            value = [self.item(labels) for _ in range(argument)]
            self.depth -= 1
            return value
        return {key: self.item(labels) for key in self.keys(argument, labels)}

    def keys(self, count, labels=False):
        """The keys of a map that is open, each before its value is read."""
        keys, seen, last = set(), set(), None
        for _ in range(count):
            start = self.at
            try:
                major, _ = self.head_at(start)
                if major != 3 and not (labels and major in (0, 1)):
                    self.refuse("Codec.Schema", start)
                key = self.item()
            except Refused as refused:
                # A key that was there before is twice there, in whatever form.
                if refused.code == "Codec.NonDeterministic" and self.loose_text(start) in keys:
                    self.refuse("Codec.DuplicateKey", start)
                raise
            encoded = bytes(self.data[start : self.at])
            if encoded in seen:
                self.refuse("Codec.DuplicateKey", start)
            if last is not None and encoded < last:
                self.refuse("Codec.KeyOrder", start)
            keys.add(key)
            seen.add(encoded)
            last = encoded
            yield key
        self.depth -= 1

    def loose_text(self, at):
        info = self.data[at] & 31
        size = {24: 1, 25: 2, 26: 4, 27: 8}.get(info, 0)
        length = int.from_bytes(self.data[at + 1 : at + 1 + size], "big")
        return bytes(self.data[at + 1 + size : at + 1 + size + length]).decode("utf-8", "replace")

    def number(self, major, argument, start):
        if major == 0:
            return argument
        if major == 1:
            if argument >= 1 << 63:
                self.refuse("Codec.OutOfRange", start)
            return -1 - argument
        if major != 6:
            self.refuse("Codec.Schema", start)
        if argument != 4:
            self.refuse("Codec.TagNotAllowed", start)
        self.open(0, start)
        value = self.pair()
        self.depth -= 1
        return value

    def pair(self):
        """What stands behind the tag of a decimal."""
        start = self.at
        count = self.expect(4)
        self.open(count, start)
        if count != 2:
            self.refuse("Codec.Schema", start)
        exponent_at = self.at
        exponent, mantissa = self.int(), self.int()
        self.depth -= 1
        if exponent == 0:
            self.refuse("Codec.NonDeterministic", exponent_at)
        if not -64 <= exponent <= -1:
            self.refuse("Codec.OutOfRange", exponent_at)
        if mantissa % 10 == 0:
            self.refuse("Codec.NonDeterministic", exponent_at)
        return Decimal((exponent, mantissa))

    # What must be of one type. Each of these reads on as far as it can, so that the first fault is the one named.

    def expect(self, major):
        """The argument of a head of this major type."""
        start = self.at
        found, argument = self.head()
        if found != major:
            self.refuse("Codec.Schema", start)
        return argument

    def int(self, least=-(1 << 63), most=(1 << 64) - 1):
        start = self.at
        major, argument = self.head()
        if major not in (0, 1):
            self.refuse("Codec.Schema", start)
        value = self.number(major, argument, start)
        if not least <= value <= most:
            self.refuse("Codec.OutOfRange", start)
        return value

    def uint(self, most=(1 << 64) - 1):
        return self.int(0, most)

    def words(self, pattern=None, code="Codec.Schema"):
        start = self.at
        text = self.text(self.expect(3), start)
        if pattern and not pattern.match(text):
            self.refuse(code, start)
        return text

    def exactly(self, size):
        start = self.at
        content = self.take(self.expect(2), start)
        if len(content) != size:
            self.refuse("Codec.Schema", start)
        return content

    def decimal(self, joules=False):
        start = self.at
        value = self.number(*self.head(), start)
        if joules:
            microjoules(value)
        elif isinstance(value, Decimal) and not -(1 << 63) <= value[1] < 1 << 63:
            self.refuse("Codec.OutOfRange", start)
        return value

    def list(self, read, least=0, most=1 << 20):
        start = self.at
        count = self.expect(4)
        self.open(count, start)
        values = [read(self) for _ in range(count)]
        self.depth -= 1
        if not least <= count <= most:
            self.refuse("Codec.Schema", start)
        return values

    def fields(self, needed, optional):
        """A map with these keys and no other, each with how its value is read."""
        start = self.at
        count = self.expect(5)
        self.open(count, start)
        readers, found = needed | optional, {}
        for key in self.keys(count):
            if key not in readers:
                self.refuse("Codec.Schema")
            found[key] = readers[key](self)
        if not set(needed) <= set(found):
            self.refuse("Codec.Schema", start)
        return found

    def head_at(self, at):
        """(major, argument) at a place, without moving."""
        saved, items = self.at, self.items[0]
        self.at, self.items[0] = at, 0
        try:
            return self.head()
        finally:
            self.at, self.items[0] = saved, items

    def finish(self):
        if self.at != len(self.data):
            self.refuse("Codec.TrailingBytes")


# --- 2. The envelope ------------------------------------------------------------------------------


class Receipt:
    def __init__(self, data, whole=True):
        """The receipt that `data` is or, where it need not be the whole, begins with."""
        if whole and len(data) > MAX_RECEIPT:
            raise Refused("Codec.TooLarge")
        reader = Reader(data if whole else data[:MAX_RECEIPT])
        try:
            self.read_members(reader)
        except Refused as refused:
            # What more bytes than a receipt may have do not complete is beyond the limit.
            cut = refused.code in ("Codec.Truncated", "Codec.LengthBeyondInput") and len(data) > MAX_RECEIPT
            raise Refused("Codec.TooLarge", MAX_RECEIPT) if cut else refused
        if whole:
            reader.finish()
        elif reader.at > MAX_RECEIPT:
            raise Refused("Codec.TooLarge")
        self.size = reader.at
        if self.fault is not None:
            raise Refused("Envelope.Unprotected", self.fault)
        self.read_header(Reader(self.protected, self.protected.at, reader.items))
        payload = Reader(self.payload, self.payload.at, reader.items)
        try:
            self.read_payload(payload)
        except Refused as refused:
            # The byte string is whole: no more bytes complete what ends too early in it.
            raise Refused("Envelope.Payload", refused.offset) if refused.code == "Codec.Truncated" else refused

    def read_members(self, reader):
        """Tag and shape: only here can it show that the input ends too early."""
        if reader.head_at(0) != (6, 18):
            raise Refused("Envelope.WrongType")
        reader.head()
        if reader.head_at(reader.at) != (4, 4):
            raise Refused("Envelope.WrongType", reader.at)
        reader.head()
        reader.depth = 2
        self.protected = self.bstr(reader, "Envelope.Protected")
        if len(self.protected) > MAX_PROTECTED:
            raise Refused("Codec.TooLarge")
        self.read_unprotected(reader)
        self.payload = self.bstr(reader, "Envelope.Payload")
        self.signature = self.bstr(reader, "Envelope.BadSignature")
        if len(self.signature) != 64:
            raise Refused("Envelope.BadSignature")

    @staticmethod
    def bstr(reader, code):
        at = reader.at
        try:
            major, _ = reader.head_at(at)
        except Refused as refused:
            raise Refused(code, at) if refused.code == "Codec.TypeMismatch" else refused
        if major != 2:
            raise Refused(code, at)
        return reader.item()

    def read_unprotected(self, reader):
        """Reads over it, and keeps where the first fault is, which is told behind the shape."""
        start, self.fault, self.unprotected = reader.at, None, {}
        major, count = reader.head_at(start)
        if major != 5:
            self.fault = start
            self.read_over(reader)
            return
        reader.head()
        reader.open(count, start)
        try:
            for label in reader.keys(count, labels=True):
                fault = reader.at if label != 394 else self.fault_of_proofs(reader)
                self.fault = fault if self.fault is None else self.fault
                self.unprotected[label] = self.read_over(reader)
        except Refused as refused:
            # A label of another type.
            raise Refused("Envelope.Unprotected", refused.offset) if refused.code == "Codec.Schema" else refused

    def read_over(self, reader):
        """Where there is a fault, and what it is in cannot be read over, it is told at once."""
        try:
            return reader.item(labels=True)
        except Refused as refused:
            raise refused if self.fault is None else Refused("Envelope.Unprotected", self.fault)

    @staticmethod
    def fault_of_proofs(reader):
        """Where the input ends, nobody knows what would have stood there."""
        ahead = Reader(reader.data, reader.base, [reader.items[0]])
        ahead.at, ahead.depth = reader.at, reader.depth
        try:
            ahead.list(lambda proof: proof.take(proof.expect(2), proof.at), 1)
        except Refused as refused:
            return None if refused.code == "Codec.Truncated" else reader.at
        return reader.at if ahead.at - reader.at > MAX_PROOFS else None

    def read_header(self, reader):
        try:
            if reader.head_at(0)[0] != 5:
                raise Refused("Envelope.Protected", reader.base)
            header = reader.item(labels=True)
            reader.finish()
        except Refused as refused:
            kept = re.match(r"Codec\.(BadText|OutOfRange|TooDeep|TooManyItems|TooLarge|Schema|TagNotAllowed|Float|Type)", refused.code)
            raise refused if kept else Refused("Envelope.Protected", reader.base)
        if not header:
            raise Refused("Envelope.Protected", reader.base)
        if 2 in header:
            raise Refused("Envelope.Critical", reader.base)
        if header.get(1) not in (-8, -19) or type(header[1]) is not int:
            raise Refused("Envelope.Algorithm", reader.base)
        if header.get(3) != "application/vnd.jwp.receipt+cbor" or header.get(16) != "application/vnd.jwp.receipt+cose":
            raise Refused("Envelope.Type", reader.base)
        self.header, claims, self.kid = header, header.get(15), header.get(4)
        schema(set(header) == {1, 3, 4, 15, 16} and isinstance(self.kid, Bytes) and len(self.kid) == 32)
        schema(isinstance(claims, dict))
        for label, value in claims.items():
            schema(label in (1, 2, 3, 6) and type(value) is (int if label == 6 else str))
            if label == 6 and not 0 <= value <= 253402300799:
                raise Refused("Codec.OutOfRange")
            if label != 6 and not IDENTIFIER.match(value):
                raise Refused("Codec.BadIdentifier")
        schema(len(claims) == 4)

    # --- 3. The payload ---------------------------------------------------------------------------

    def read_payload(self, reader):
        """The first fault in the order of the bytes; then what the fields are to each other."""
        p = reader.fields(NEEDED, OPTIONAL)
        first = p["seq"] == 0
        if first != ("prev" not in p) or first != ("run" in p) or "after" in p and not first:
            raise Refused("Chain.Genesis")
        schema(("joules" in p) == ("meter" in p))
        if "joules" in p:
            self.check_energy(microjoules(p["joules"]), p["meter"])
        reader.finish()
        self.seq, self.prev, self.kind, self.fields = p["seq"], p.get("prev"), p["kind"], p

    @staticmethod
    def check_energy(joules, meter):
        schema(("lo" in meter) == ("hi" in meter))
        if "lo" in meter:
            schema(microjoules(meter["lo"]) <= joules <= microjoules(meter["hi"]))
        if meter["source"] == "measured":
            schema({"id", "scope", "start_ms", "window_ms"} <= set(meter))
            schema(joules > 0 or {"resolution_uj", "hi"} <= set(meter))

    # --- 4. The link ------------------------------------------------------------------------------

    def signed_bytes(self):
        return b"\x84\x6aSignature1" + bstr(self.protected) + b"\x40" + bstr(self.payload)

    def link(self):
        return hashlib.sha256(self.signed_bytes()).digest()


def version(reader):
    start = reader.at
    if reader.uint() != 1:
        reader.refuse("Codec.Version", start)
    return 1


def claim(reader):
    start = reader.at
    value = reader.item()
    if not isinstance(value, dict):
        reader.refuse("Codec.Schema", start)
    return value


def one_of(*words):
    pattern = re.compile(f"({'|'.join(words)})\\Z")
    return lambda reader: reader.words(pattern)


def digest(reader):
    return reader.words(DIGEST)


def link(reader):
    return reader.exactly(32)


def joules(reader):
    return reader.decimal(joules=True)


def reference(reader):
    return reader.fields({"rel": one_of("part", "reissue", "supersedes"), "link": link}, {})


def evidence(reader):
    needed = {"role": Reader.words, "digest": digest, "size": Reader.uint}
    optional = {name: Reader.words for name in ("media_type", "tool", "tool_version")}
    exit_code = {"exit_code": lambda reader: reader.int(most=(1 << 63) - 1)}
    return reader.fields(needed, optional | exit_code | {"argv_digest": digest})


def meter(reader):
    needed = {"source": one_of("measured", "modelled", "declared"), "method": Reader.words}
    optional = {
        "id": Reader.words, "scope": one_of("machine", "cgroup", "process"), "note": Reader.words,
        "start_ms": lambda reader: reader.uint(253402300799999), "window_ms": Reader.uint, "resolution_uj": Reader.uint,
        "lo": joules, "hi": joules, "model": digest, "max_w": Reader.decimal,
        "domains": lambda reader: reader.list(Reader.words, 1),
    }
    return reader.fields(needed, optional)


NEEDED = {
    "v": version, "kind": lambda reader: reader.words(KIND, "Codec.BadIdentifier"),
    "seq": lambda reader: reader.uint((1 << 53) - 1), "claim": claim,
    "cite": lambda reader: reader.list(Reader.words, most=32),
}
OPTIONAL = {
    "prev": link, "run": lambda reader: reader.exactly(16), "after": link,
    "subject": lambda reader: reader.list(digest, 1), "evidence": lambda reader: reader.list(evidence, 1),
    "refs": lambda reader: reader.list(reference, 1), "joules": joules, "meter": meter,
}


def schema(holds):
    if not holds:
        raise Refused("Codec.Schema")


def microjoules(value):
    exponent, mantissa = value if isinstance(value, Decimal) else (0, value)
    schema(type(mantissa) is int)
    if mantissa < 0 or exponent < -6 or mantissa * 10 ** (6 + exponent) >= 1 << 64:
        raise Refused("Codec.OutOfRange")
    return mantissa * 10 ** (6 + exponent)


def bstr(content):
    n = len(content)
    size = next(s for s in (0, 1, 2, 4) if n < (24 if s == 0 else 1 << 8 * s))
    return bytes([0x40 + n]) + content if size == 0 else bytes([0x57 + {1: 1, 2: 2, 4: 3}[size]]) + n.to_bytes(size, "big") + content


# --- The signature, RFC 8032 section 5.1, with the acceptance rule of ../format.md -------------------

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, I = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    t = D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + t, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, -1, P) % P


def multiply(n, point):
    result = (0, 1)
    while n:
        if n & 1:
            result = add(result, point)
        point, n = add(point, point), n >> 1
    return result


def encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def decode(data):
    """The point of a canonical encoding, or None."""
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * I % P
    if (x * x - x2) % P or x == 0 and sign:
        return None
    return (P - x if x & 1 != sign else x, y)


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def accepts(public, message, signature):
    key, r, s = decode(public), decode(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or multiply(8, key) == (0, 1) or multiply(L, key) != (0, 1):
        return False
    if s >= L or r is None or multiply(8, r) == (0, 1):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    minus = ((P - key[0]) % P, key[1])
    return encode(add(multiply(s, BASE), multiply(k, minus))) == signature[:32]


def public_key(pem):
    der = base64.b64decode("".join(line for line in pem.splitlines() if "-----" not in line))
    if len(der) != 44 or der[:12] != bytes.fromhex("302a300506032b6570032100"):
        raise Refused("Trust.BadKey")
    return der[12:]


def thumbprint(public):
    """RFC 9679: the SHA-256 of the COSE_Key with nothing in it but what it needs."""
    return hashlib.sha256(bytes.fromhex("a301012006215820") + public).digest()


def verify(data, public):
    receipt = Receipt(data)
    if receipt.kid != thumbprint(public):
        raise Refused("Trust.UnknownKey")
    if not accepts(public, receipt.signed_bytes(), receipt.signature):
        raise Refused("Envelope.BadSignature")
    return receipt


# --- The vectors ------------------------------------------------------------------------------------


def rows(path):
    return [line.split("\t") for line in path.read_text().splitlines() if not line.startswith("#")]


def vectors(folder):
    wrong, seen = [], 0
    negative = folder / "negative"
    key = public_key((folder / "valid.pub.pem").read_text())
    verify((folder / "valid.cbor").read_bytes(), key)
    for name, _, code, *_ in rows(negative / "index.tsv"):
        data = (negative / f"{name}.cbor").read_bytes()
        try:
            verify(data, key)
            found = "accepted"
        except Refused as refused:
            found = refused.code
        seen += 1
        if found != code:
            wrong.append(f"negative/{name}: {found}, expected {code}")
    for name in ("kinds", "algorithm-19"):
        key = public_key((folder / name / "key.pub.pem").read_text())
        for kind, link, *_ in rows(folder / name / "index.tsv"):
            receipt = verify((folder / name / f"{kind}.cbor").read_bytes(), key)
            seen += 1
            if (receipt.kind, receipt.link().hex()) != (kind, link):
                wrong.append(f"{name}/{kind}: {receipt.kind} {receipt.link().hex()}")
    keys = [public_key(path.read_text()) for path in sorted((folder / "canary").glob("*.pub.pem"))]
    data, prev = (folder / "canary/release.jwp").read_bytes(), None
    for seq, link, kid, kind in rows(folder / "canary/links.tsv"):
        receipt = Receipt(data, whole=False)
        public = next(key for key in keys if thumbprint(key) == receipt.kid)
        receipt, data = verify(data[: receipt.size], public), data[receipt.size :]
        seen += 1
        found = str(receipt.seq), receipt.link().hex(), receipt.kid.hex(), receipt.kind, receipt.prev
        if found != (seq, link, kid, kind, prev):
            wrong.append(f"canary seq {seq}")
        prev = receipt.link()
    if data:
        wrong.append("canary: bytes behind the last receipt")
    print("\n".join(wrong + [f"{seen} vectors, {len(wrong)} differ"]))
    return 1 if wrong or seen < 270 else 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--vectors":
        sys.exit(vectors(pathlib.Path(sys.argv[2])))
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        print(verify(pathlib.Path(sys.argv[1]).read_bytes(), public_key(pathlib.Path(sys.argv[2]).read_text())).link().hex())
    except Refused as refused:
        sys.exit(str(refused))
