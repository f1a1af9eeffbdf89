"""A chain of receipts, judged by the standard library alone: a second opinion, meant to be read.

    python3 chain.py CHAIN.jwp TRUST.toml SUB AUD IMAGE STAGE NOW      prints what was found, the first decides
    python3 chain.py --vectors ../vectors                              compares with every vector; exit 1 where it differs

It goes through ../format.md, sections 4 and 5, step by step. Receipts are read by receipt.py beside it, the
classes of the codes are those of the table in section 6, and claims are held to ../jwp.cddl by shape.py; of what
a claim must hold beyond its shape, that a canary goes up is all that is judged here. SUB, AUD and IMAGE may be `any`.
"""

import datetime, functools, hashlib, pathlib, re, sys, tomllib
from fractions import Fraction

sys.dont_write_bytecode = True
import receipt as one
from receipt import Decimal, IDENTIFIER, KIND, Receipt, Refused, microjoules
from shape import Shapes

SPEC = pathlib.Path(__file__).resolve().parent.parent
CLASSES = dict(re.findall(r"^\| `([A-Z]\w+\.\w+)` \| (\w+) \|", (SPEC / "format.md").read_text(), re.M))
SHAPES = Shapes((SPEC / "jwp.cddl").read_text())
CLAIMS = dict(re.findall(r'\[ "([a-z_.]+)", ([a-z-]+) \]', (SPEC / "jwp.cddl").read_text()))
EXIT = {"verified": 0, "refused": 1, "undecided": 3}

accepts = functools.lru_cache(maxsize=None)(one.accepts)


# --- The trust store ------------------------------------------------------------------------------


TIME = datetime.datetime, datetime.date, datetime.time
FIELDS = {
    "issuer": str, "public_key": str, "kid": str, "kinds": list, "environments": list, "releases": list,
    "not_before": TIME, "not_after": TIME, "revoked": dict,
}


def check_shape(table):
    trust(isinstance(table, dict) and {"issuer", "public_key", "kinds", "environments"} <= set(table) <= set(FIELDS))
    trust(all(isinstance(value, FIELDS[name]) for name, value in table.items()))
    lists = [value for value in table.values() if isinstance(value, list)]
    trust(all(isinstance(text, str) for texts in lists for text in texts))
    if "revoked" in table:
        revoked = table["revoked"]
        trust(set(revoked) == {"at", "reason"} and isinstance(revoked["at"], TIME))
        trust(revoked["reason"] in ("compromised", "rotated", "retired"))


class Key:
    def __init__(self, table):
        self.issuer, self.public = table["issuer"], public_key(table["public_key"])
        self.kid = one.thumbprint(self.public)
        trust(table.get("kid", self.kid.hex()) == self.kid.hex())
        trust(IDENTIFIER.match(self.issuer))
        prefixes = lambda stem: stem[-1:] in set("/@") and IDENTIFIER.match(stem)
        self.kinds = self.patterns(table["kinds"], KIND, lambda stem: stem[-1:] == "." and KIND.match(stem[:-1]))
        self.environments = self.patterns(table["environments"], IDENTIFIER, prefixes)
        self.releases = self.patterns(table.get("releases", ["*"]), IDENTIFIER, prefixes)
        self.not_before = seconds(table["not_before"]) if "not_before" in table else 0
        self.not_after = seconds(table["not_after"]) if "not_after" in table else 1 << 64
        trust(self.not_before <= self.not_after)
        self.reason, self.revoked_at = None, 0
        if "revoked" in table:
            revoked = table["revoked"]
            self.reason, self.revoked_at = revoked["reason"], seconds(revoked["at"])

    @staticmethod
    def patterns(texts, name, prefix):
        trust(texts)
        for text in texts:
            stem = text.removesuffix("*")
            trust(text == "*" or stem != text and prefix(stem) or name.match(text))
        return texts

    def may_sign(self, receipt):
        """Step 5."""
        claims = receipt.header[15]
        asked = (self.kinds, receipt.kind), (self.environments, claims[3]), (self.releases, claims[2])
        if claims[1] != self.issuer or not all(matches(patterns, name) for patterns, name in asked):
            return "Trust.NotAuthorised"
        if self.reason == "compromised" or self.reason and claims[6] >= self.revoked_at:
            return "Trust.Revoked"
        return None if self.not_before <= claims[6] <= self.not_after else "Trust.KeyNotValid"


def matches(patterns, name):
    def holds(pattern):
        stem = pattern.removesuffix("*")
        return pattern in ("*", name) or stem != pattern and name.startswith(stem) and name != stem

    return any(map(holds, patterns))


def trust(holds):
    if not holds:
        raise Refused("Trust.Store")


def seconds(value):
    trust(isinstance(value, datetime.datetime) and value.tzinfo and not value.microsecond)
    at = int(value.timestamp())
    trust(0 <= at <= 253402300799)
    return at


# RFC 7468, section 3: one line holds an Ed25519 key.
PEM = re.compile(r"\s*-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/]{59}=\r?\n-----END PUBLIC KEY-----\s*")


def public_key(pem):
    if not PEM.fullmatch(pem):
        raise Refused("Trust.BadKey")
    public = one.public_key(pem)
    point, y = one.decode(public), int.from_bytes(public, "little") & (1 << 255) - 1
    if point is None and one.decode((y % one.P).to_bytes(32, "little")) is None:
        raise Refused("Trust.BadKey")
    if point is None or one.multiply(8, point) == (0, 1) or one.multiply(one.L, point) != (0, 1):
        raise Refused("Trust.WeakKey")
    return public


@functools.lru_cache(maxsize=None)
def trust_store(text):
    trust(len(text.encode()) <= 1 << 20)
    try:
        tables = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        raise Refused("Trust.Store")
    trust(set(tables) == {"key"} and isinstance(tables["key"], list) and tables["key"])
    for table in tables["key"]:
        check_shape(table)
    keys = {}
    for key in list(map(Key, tables["key"])):
        if key.kid in keys:
            raise Refused("Trust.KidCollision")
        keys[key.kid] = key
    return keys


def fault_of_signer(receipt, keys):
    """Steps 3, 4 and 5."""
    key = keys.get(bytes(receipt.kid))
    if key is None:
        return "Trust.UnknownKey"
    if not accepts(key.public, receipt.signed_bytes(), bytes(receipt.signature)):
        return "Envelope.BadSignature"
    return key.may_sign(receipt)


# --- Section 4: the break, and the seal -------------------------------------------------------------


def name_of_break(receipt, chain, later, keys):
    """The code of a receipt that does not follow `chain`, or None. `later` holds every seq behind it."""
    n, links = len(chain), [each.link() for each in chain]
    head = links[-1] if chain else None
    if chain and named(receipt) != named(chain[0]):
        return "Chain.ReleaseMismatch"
    if receipt.link() in links:
        return "Chain.Duplicate"
    if receipt.prev == head and receipt.seq == n:
        return None
    if receipt.seq == 0:
        return "Chain.Equivocation" if receipt.fields["run"] == chain[0].fields["run"] else "Chain.Genesis"
    if receipt.prev == head:
        return "Chain.Sequence"
    if receipt.prev in links:
        rival = chain[links.index(receipt.prev) + 1]
        signed = fault_of_signer(receipt, keys) is None and fault_of_signer(rival, keys) is None
        return "Chain.Equivocation" if signed else "Chain.Inserted"
    if receipt.seq > n:
        return "Chain.Reordered" if n in later else "Chain.Missing"
    return "Chain.Inserted" if receipt.seq < n else "Chain.PrevMismatch"


def named(receipt):
    return receipt.header[15][2], receipt.header[15][3]


def root(leaves):
    """RFC 9162, section 2.1.1."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()


def sums(chain):
    """Microjoules by source."""
    total = {}
    for receipt in chain:
        if "joules" in receipt.fields:
            source = receipt.fields["meter"]["source"]
            total[source] = total.get(source, 0) + microjoules(receipt.fields["joules"])
    return total


def seal_holds(seal, chain, stands, moved):
    """R17 and R18: `chain` is what stands in front of the seal, `stands` what holds each place, `moved` whether users met
    the image."""
    claim, kinds = seal.fields["claim"], {}
    for receipt in chain:
        kinds[receipt.kind] = kinds.get(receipt.kind, 0) + 1
    leaves = [hashlib.sha256(b"\x00" + each.link() + each.signature).digest() for each in chain]
    canary, used = (stands[place].kind if place in stands else "" for place in ("canary", "used"))
    outcome = None
    if used == "delivery.rollback.fired":
        outcome = "rolled_back"
    elif canary == "delivery.canary.aborted":
        outcome = "aborted"
    elif canary == "delivery.canary.stepped" and "after" not in chain[0].fields:
        outcome = "released"
    if claim["outcome"] == "abandoned":
        outcome = None if moved or used == "delivery.rollback.fired" else "abandoned"
    return (
        "joules" not in seal.fields
        and bool(chain)
        and claim["receipts"] == len(chain)
        and claim["head"] == seal.prev
        and claim["root"] == root(leaves)
        and {source: microjoules(value) for source, value in claim["joules"].items()} == sums(chain)
        and claim["unmetered"] == sum("joules" not in each.fields for each in chain)
        and claim["kinds"] == kinds
        and claim["outcome"] == outcome
    )


# --- Section 5: the rules across receipts ------------------------------------------------------------

PLACES = {
    "build.completed": "build", "attestation.slsa": "attestation", "flag.evaluated": "flag",
    "dora.snapshot": "dora", "release.sealed": "seal", "rollback.armed": "armed",
    **{f"gates.{name}": "gates" for name in ("passed", "failed", "inconclusive", "waived")},
    **{f"analysis.{name}": "analysis" for name in ("passed", "failed", "inconclusive")},
    **{f"canary.{name}": "canary" for name in ("stepped", "aborted")},
    **{f"rollback.{name}": "used" for name in ("fired", "failed", "disarmed")},
}
FINAL = "canary.aborted", "rollback.fired", "rollback.disarmed", "release.sealed"


def short(receipt):
    """The kind without its first label, where that is `delivery`; of every other kind what no name of a place is."""
    return receipt.kind.removeprefix("delivery.") if receipt.kind.startswith("delivery.") else f"other {receipt.kind}"


def first_subject(receipt):
    return receipt.fields.get("subject", [None])[0]


def said(receipt):
    # As text, because true is 1 to Python.
    return receipt.kind, repr(receipt.fields["claim"]), first_subject(receipt)


class Rules:
    """What stands in each place, receipt by receipt (step 9)."""

    def __init__(self, find):
        self.find, self.chain, self.stands, self.image = find, [], {}, None
        # Whether an attestation stood when the first flag and the first canary came, whether either moved traffic,
        # superseded or not, whether a canary outlived what it needed, and what meters of machines covered.
        self.met, self.moved, self.expired, self.windows = {}, False, False, {}

    def add(self, receipt):
        find, fields, chain = self.find, receipt.fields, self.chain
        place, by_link = PLACES.get(short(receipt)), {each.link(): each for each in chain}
        claim, after = fields["claim"], "after" in (chain[0].fields if chain else fields)
        if "seal" in self.stands:
            find("Seal.NotLast")
        self.over(receipt)
        self.energy(fields)
        if receipt.kind.startswith("delivery.") and "subject" in fields:
            self.one_image(receipt)
        if place == "seal" and not seal_holds(receipt, chain, self.stands, self.moved):
            find("Seal.Mismatch")
        if receipt.kind in ("trust.receipt.endorsed", "trust.time.witnessed"):
            other = by_link.get(bytes(claim["link"]))
            known = not other or (other.seq == claim["seq"] and claim.get("kind", other.kind) == other.kind)
            if "joules" in fields or not known or claim["seq"] >= receipt.seq and not after:
                find("Policy.Reference")
        superseded = []
        refs = [(reference["rel"], bytes(reference["link"])) for reference in fields.get("refs", [])]
        if len(set(refs)) < len(refs):
            find("Policy.Reference")
        for reference in fields.get("refs", []):
            other = by_link.get(bytes(reference["link"]))
            if reference["rel"] == "part" and other:
                find("Policy.Reference")
            if reference["rel"] == "reissue":
                if "joules" in fields or other and said(other) != said(receipt):
                    find("Policy.Reference")
                if other:
                    place = None
            if reference["rel"] == "supersedes":
                held = other and place and self.stands.get(place) is other and short(other) not in FINAL
                held = held and (short(other), short(receipt)) != ("rollback.failed", "rollback.disarmed")
                if held and first_subject(other) == first_subject(receipt):
                    superseded.append(other)
                else:
                    find("Policy.Reference")
        if place == "used":
            armed = self.stands.get("armed")
            if armed and armed.link() == claim.get("armed"):
                if any(claim.get(name) != value for name, value in armed.fields["claim"].items()):
                    find("Policy.Mismatch")
            elif armed or not after:
                find("Policy.Reference")
        if place and place in self.stands and self.stands[place] not in superseded:
            find("Policy.Repeated")
        elif place:
            if place in ("flag", "canary") and place not in self.met:
                self.met[place] = "attestation" in self.stands
            if place == "canary":
                self.as_planned(short(receipt), claim)
                weights = {step["weight"] for step in claim["steps"]}
                if not self.gated() or 100 in weights and not self.armed():
                    find("Policy.Order")
                self.moved |= any(weights)
                last = claim["steps"][-1]
                ended = max(receipt.header[15][6], last["started_at"] + last["dwell_s"])
                self.expired |= any(expires < ended for expires in self.until("gates", "armed"))
            if place == "flag":
                self.moved |= claim["admitted_count"] > 0
            self.late(place)
            self.stands[place] = receipt
        chain.append(receipt)
        if sum(sums(chain).values()) >= 1 << 64:
            find("Policy.Overflow")
        if len({each.kind for each in chain if short(each) != "release.sealed"}) > 1024:
            find("Chain.TooMany")

    def late(self, place):
        """R03, of what should have stood in front of traffic that no later receipt can take back."""
        is_late = place == "attestation" and place not in self.stands and False in self.met.values()
        if self.kind("canary") == "canary.aborted":
            full = any(step["weight"] == 100 for step in self.claim("canary")["steps"])
            is_late = is_late or place in ("attestation", "gates") or place == "armed" and full
        if is_late:
            self.find("Policy.Order")

    def as_planned(self, kind, canary):
        """R06."""
        steps, plan = canary["steps"], canary["plan"]
        weights, planned = [step["weight"] for step in steps], [step["weight"] for step in plan]
        is_whole = kind == "canary.stepped"
        jumped = 100 in weights and not any(0 < weight < 100 for weight in weights)
        skips = canary["promote_full"] and weights[-1] == 100
        followed = weights[:-1] if skips else weights
        other = followed != (planned if is_whole and not skips else planned[:len(followed)])
        if jumped or other:
            self.find("Policy.Order")
        ended = steps if is_whole else steps[:-1]
        hurried = any(step["dwell_s"] < planned["pause_s"] for step, planned in zip(ended, plan))
        if hurried and not other and not canary["promote_full"]:
            self.find("Policy.Mismatch")

    def over(self, receipt):
        """R14: what it tells of was over when it was signed."""
        claim, meter = receipt.fields["claim"] if receipt.kind in CLAIMS else {}, receipt.fields.get("meter", {})
        ends = [claim[name] for name in ("integrated_at", "finished_at", "opened_at", "resolved_at") if name in claim]
        if "window" in claim:
            ends.append(claim["window"]["to"])
        if "steps" in claim:
            ends.append(claim["steps"][-1]["started_at"] + claim["steps"][-1]["dwell_s"])
        ends_ms = [1000 * end for end in ends]
        if meter.get("source") == "measured":
            ends_ms.append(meter["start_ms"] + meter["window_ms"])
        if any(end > 1000 * (receipt.header[15][6] + 300) for end in ends_ms):
            self.find("Policy.ClockSkew")

    def energy(self, fields):
        """R17, of one figure."""
        meter = fields.get("meter", {})
        if meter.get("source") != "measured":
            return
        begin, length = meter["start_ms"], meter["window_ms"]
        if "max_w" in meter:
            exponent, mantissa = meter["max_w"] if isinstance(meter["max_w"], Decimal) else (0, meter["max_w"])
            if microjoules(fields["joules"]) > Fraction(10) ** exponent * mantissa * length * 1000:
                self.find("Policy.Measurement")
        if meter["scope"] != "machine" or not length:
            return
        end, overlaps = begin + length, False
        for domain in set(meter.get("domains", [None])):
            windows = self.windows.setdefault((meter["id"], domain), [])
            if any(begin < to and start < end for start, to in windows):
                overlaps = True
            else:
                windows.append((begin, end))
        if overlaps:
            self.find("Policy.Measurement")

    def one_image(self, receipt):
        """R01."""
        subject, claim = receipt.fields["subject"], receipt.fields["claim"]
        self.image = self.image or subject[0]
        build = claim if short(receipt) == "build.completed" else self.claim("build")
        names = [claim[name] for name in ("image_digest", "armed_for") if name in claim]
        others = [build.get(name) for name in ("config_digest", "index_digest")]
        if any(name != self.image for name in [subject[0], *names]) or not set(subject[1:]) <= set(others):
            self.find("Policy.DigestMismatch")

    def claim(self, place):
        return self.stands[place].fields["claim"] if place in self.stands else {}

    def until(self, *places):
        """When what stands there runs out."""
        claims = [self.claim(place) for place in places]
        waivers = [waiver for claim in claims for waiver in claim.get("waivers", [])]
        return [each["expires"] for each in [*claims, *waivers] if "expires" in each]

    def seq(self, place):
        return self.stands[place].seq if place in self.stands else None

    def kind(self, place):
        return short(self.stands[place]) if place in self.stands else None

    def gated(self):
        return self.kind("gates") in ("gates.passed", "gates.waived")

    def armed(self):
        return self.claim("armed").get("armed_for") == self.image is not None

    def order(self):
        """R02, and R03 of what stands at the end (step 10)."""
        build, attestation = self.claim("build"), self.claim("attestation")
        if build and attestation and build["source_commit"] != attestation["source_commit"]:
            self.find("Policy.Mismatch")
        seqs = [seq for seq in map(self.seq, ("build", "attestation", "gates", "armed")) if seq is not None]
        wrong, outside = seqs != sorted(seqs), False
        for place in ("flag", "canary"):
            if place in self.stands and "attestation" in self.stands:
                wrong |= self.seq(place) < self.seq("attestation")
        if "canary" in self.stands:
            canary, steps = self.seq("canary"), self.claim("canary")["steps"]
            wrong |= not self.gated() or self.seq("gates") > canary
            if any(step["weight"] == 100 for step in steps):
                wrong |= not self.armed() or self.seq("armed") > canary
            begin, end = steps[0]["started_at"], steps[-1]["started_at"] + steps[-1]["dwell_s"]
            windows = [self.claim(place)["window"] for place in ("flag", "analysis") if place in self.stands]
            outside = any(window["from"] < begin or window["to"] > end for window in windows)
        if wrong:
            self.find("Policy.Order")
        if outside:
            self.find("Policy.Mismatch")

    def stage(self, stage, now):
        """Step 13."""
        kinds = {short(each) for each in self.chain}
        negative = kinds & {"canary.aborted", "rollback.fired", "incident.opened"}
        seal = self.claim("seal")
        if stage == "none":
            return
        if stage == "release" and "after" in self.chain[0].fields:
            self.find("Policy.Outcome")
        if stage == "release" and not seal:
            self.find("Chain.Truncated")
            if negative:
                self.find("Policy.Outcome")
            return
        standing = set(map(self.kind, self.stands))
        if negative or any(kind.endswith((".failed", ".inconclusive")) for kind in standing):
            self.find("Policy.Outcome")
        wanted = [{"build.completed"}, {"attestation.slsa"}, {"gates.passed", "gates.waived"}]
        armed = {"rollback.armed"}
        if stage == "release":
            wanted += [armed, {"canary.stepped"}, {"flag.evaluated"}, {"analysis.passed"}, {"dora.snapshot"}]
        if not all(any_of & standing for any_of in wanted):
            self.find("Policy.Missing")
        if self.expired if stage == "release" else any(expires < now for expires in self.until("gates")):
            self.find("Policy.Expired")
        if seal and seal["outcome"] != "released":
            self.find("Policy.Outcome")
        if stage == "promote":
            if not armed & standing:
                self.find("Policy.Missing")
            if any(expires < now for expires in self.until("armed")):
                self.find("Policy.Expired")
            if "used" in self.stands:
                self.find("Policy.Missing")
        disarmed = stage == "release" and self.kind("used") == "rollback.disarmed"
        if disarmed and "canary" in self.stands and self.seq("used") < self.seq("canary"):
            self.find("Policy.Order")


# --- Section 5: the steps ----------------------------------------------------------------------------


def read(data):
    """The receipts of a file, and the code of what stands behind them and is none (step 1)."""
    receipts, at = [], 0
    try:
        while at < len(data) or not receipts:
            receipts.append(Receipt(data[at:], whole=False))
            at += receipts[-1].size
        return receipts, None
    except Refused as refused:
        return receipts, refused.code


def goes_up(steps):
    """Section 3: each step begins where the one before ended, and has a greater weight."""
    pairs = list(zip(steps, steps[1:]))
    return all(b["started_at"] == a["started_at"] + a["dwell_s"] and b["weight"] > a["weight"] for a, b in pairs)


def fault_of_claim(receipt, allow):
    """Step 8."""
    if receipt.kind in CLAIMS:
        has_subject = "subject" in receipt.fields or receipt.kind == "delivery.dora.snapshot"
        needs_subject = receipt.kind.startswith("delivery.")
        rule, claim = CLAIMS[receipt.kind], receipt.fields["claim"]
        if not SHAPES.matches(rule, claim):
            return "Codec.OutOfRange" if SHAPES.matches(rule, claim, ranges=False) else "Codec.Schema"
        holds = (has_subject or not needs_subject) and (rule != "canary" or goes_up(claim["steps"]))
        return None if holds else "Codec.Schema"
    reserved = receipt.kind.split(".")[0] in ("delivery", "trust")
    return "Policy.UnknownKind" if reserved or receipt.kind != allow else None


def judge(data, store, sub, aud, image, stage, now, allow=None, head=None, seen=None, max_age_s=None):
    """Every code found, once, in the order in which they are found."""
    found = []

    def find(code):
        if code not in found:
            found.append(code)

    receipts, end = read(data)
    chain, rules, clear, begun = [], Rules(find), True, False
    for number, receipt in enumerate(receipts):
        iat = receipt.header[15][6]
        broken = name_of_break(receipt, chain, {each.seq for each in receipts[number + 1 :]}, store)
        if broken:
            find(broken)
            return found
        if chain and iat < chain[-1].header[15][6]:
            find("Chain.Time")
        chain.append(receipt)
        fault = fault_of_signer(receipt, store)
        if fault:
            find(fault)
            clear = False
            continue
        if iat > now + 300:
            find("Policy.ClockSkew")
        if not begun:
            begun = True
            if sub not in ("any", named(receipt)[0]):
                find("Policy.ReleaseMismatch")
            if aud not in ("any", named(receipt)[1]):
                find("Policy.EnvironmentMismatch")
        fault = fault_of_claim(receipt, allow)
        if fault:
            find(fault)
            clear = clear and fault == "Policy.UnknownKind"
        if clear:
            rules.add(receipt)
    if end:
        find(end)
        if receipts and end != "Codec.Truncated":
            find("Chain.Corrupt")
        return found
    if not clear:
        return found
    rules.order()
    if image != "any":
        if rules.image is None:
            find("Policy.Missing")
        elif image not in (rules.image, rules.claim("build").get("index_digest")):
            find("Policy.DigestMismatch")
    if max_age_s is not None and now - chain[-1].header[15][6] > max_age_s:
        find("Policy.Stale")
    rules.stage(stage, now)
    links = [receipt.link().hex() for receipt in chain]
    if head and links[-1] != head:
        find("Chain.HeadMoved" if head in links else "Chain.Truncated")
    if seen:
        seq, link = seen.split(":")
        if int(seq) >= len(links):
            find("Chain.Rollback")
        elif links[int(seq)] != link:
            find("Chain.Equivocation")
    return found


def verdict(found):
    """(exit code, the code that decides)"""
    if not found:
        return 0, "-"
    outcome = "refused" if any(CLASSES[code] == "refused" for code in found) else "undecided"
    return EXIT[outcome], next(code for code in found if CLASSES[code] == outcome)


# --- The vectors ---------------------------------------------------------------------------------------


def vectors(folder):
    wrong, seen = [], 0
    for name in ("chain", "rules"):
        head, *lines = (folder / name / "index.tsv").read_text().splitlines()
        columns = [column.split(",")[0] for column in head.removeprefix("# ").split("\t")]
        for line in lines:
            row = {column: None if value == "-" else value for column, value in zip(columns, line.split("\t"))}
            try:
                store = trust_store((folder / name / row["trust"]).read_text())
                found = judge(
                    (folder / name / row["chain"]).read_bytes(), store, row["sub"], row["aud"], row["image"], row["stage"], int(row["now"]),
                    row.get("allow"), row.get("head"), row.get("seen"), int(row["max_age_s"]) if row.get("max_age_s") else None,
                )
            except Refused as refused:
                found = [refused.code]
            seen += 1
            code, first = verdict(found)
            if (code, first) != (int(row["exit"]), (row["codes"] or "-").split(",")[0]):
                wrong.append(f"{name}/{row['name']}: {code} {','.join(found)}, expected {row['exit']} {row['codes']}")
    print("\n".join(wrong + [f"{seen} chains, {len(wrong)} differ"]))
    return 1 if wrong or seen < 200 else 0


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--vectors":
        sys.exit(vectors(pathlib.Path(sys.argv[2])))
    if len(sys.argv) != 8:
        sys.exit(__doc__)
    try:
        store = trust_store(pathlib.Path(sys.argv[2]).read_text())
        found = judge(pathlib.Path(sys.argv[1]).read_bytes(), store, *sys.argv[3:7], int(sys.argv[7]))
    except Refused as refused:
        found = [refused.code]
    print(*found or ["verified"])
    sys.exit(verdict(found)[0])
