//! Against decoders in other languages: npm cbor2 in CDE mode (`spec/interop/decode.mjs`) and the second
//! reader, which needs nothing but Python (`spec/interop/decode.py`). Both get every CBOR vector, ours and
//! the public ones: whatever we accept they read as the same value, and what they accept and we refuse
//! stands in `testdata/outside-accept.tsv` with its rule. `JWP_BLESS=1` writes that file.
//!
//! `JWP_PEERS` names the folder with `node_modules/cbor2`; what is not there is skipped, and said so.
#![cfg(test)]

#[path = "support/public.rs"]
mod public;
#[path = "support/sets.rs"]
mod sets;

use core::fmt::Write as _;
use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use jwp_core::{
    UnverifiedReceipt,
    cbor::{self, Value},
};
use public::folder;

/// One vector, and what we make of it: the value, or the code.
struct Case {
    set: String,
    name: String,
    kind: &'static str,
    bytes: Vec<u8>,
    ours: Result<String, &'static str>,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The notation of `say` in `spec/interop`: integers, `4([exponent,mantissa])`, `h'…'`, `t'…'` in hex,
/// `false`, `true`, arrays and maps.
fn say(value: &Value) -> String {
    match value {
        Value::Number(n) if n.exponent() == 0 => n.mantissa().to_string(),
        Value::Number(n) => format!("4([{},{}])", n.exponent(), n.mantissa()),
        Value::Joules(joules) => {
            let (mut mantissa, mut exponent) = (joules.as_microjoules(), -6_i8);
            while mantissa.is_multiple_of(10) {
                (mantissa, exponent) = (mantissa / 10, exponent.saturating_add(1));
            }
            format!("4([{exponent},{mantissa}])")
        }
        Value::Text(text) => format!("t'{}'", hex(text.as_bytes())),
        Value::Bytes(bytes) => format!("h'{}'", hex(bytes.as_slice())),
        Value::Bool(is) => is.to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(say).collect();
            format!("[{}]", items.join(","))
        }
        Value::Map(entries) => {
            // Bytewise by encoding is by length first: the head holds it.
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
            let pair =
                |(key, value): (&String, _)| format!("t'{}':{}", hex(key.as_bytes()), say(value));
            let entries: Vec<String> = entries.into_iter().map(pair).collect();
            format!("{{{}}}", entries.join(","))
        }
        other => panic!("{other:?} is not written"),
    }
}

/// A receipt by what its accessors give: the four parts, then header and payload.
fn say_receipt(receipt: &UnverifiedReceipt<'_>) -> String {
    let text = |text: &str| format!("t'{}'", hex(text.as_bytes()));
    let proofs: Vec<String> = receipt.proofs().map(|p| format!("h'{}'", hex(p))).collect();
    let unprotected = if proofs.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{394:[{}]}}", proofs.join(","))
    };
    let header = receipt.unverified_header();
    let payload = match cbor::from_slice::<Value>(receipt.payload_bytes()) {
        Ok(payload) => say(&payload),
        // Joules are micro-joules in 64 bits without a sign; a `Value` has the sign.
        Err(_) => say_joules_beyond_a_value(receipt),
    };
    format!(
        "[h'{}',{unprotected},h'{}',h'{}'] {{1:{},3:{},4:h'{}',15:{{1:{},2:{},3:{},6:{}}},16:{}}} {}",
        hex(receipt.protected_bytes()),
        hex(receipt.payload_bytes()),
        hex(receipt.signature()),
        header.algorithm().number(),
        text("application/vnd.jwp.receipt+cbor"),
        header.kid(),
        text(header.iss()),
        text(header.sub()),
        text(header.aud()),
        header.iat().as_secs(),
        text("application/vnd.jwp.receipt+cose"),
        payload,
    )
}

/// The payload of the one receipt whose joules no `Value` holds: as it is with joules in reach, and those
/// put in their place.
fn say_joules_beyond_a_value(receipt: &UnverifiedReceipt<'_>) -> String {
    let mut payload = receipt.payload_bytes().to_vec();
    let beyond = u64::MAX.to_be_bytes();
    let at = payload.windows(8).position(|eight| eight == beyond);
    payload[at.unwrap()] = 0x7f;
    let payload: Value = cbor::from_slice(&payload).unwrap();
    say(&payload).replace(&i64::MAX.to_string(), &u64::MAX.to_string())
}

fn spec(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../spec")
        .join(name)
}

fn receipt(set: &str, name: String, bytes: &[u8]) -> Case {
    let ours = UnverifiedReceipt::parse(bytes);
    Case {
        set: set.to_owned(),
        name,
        kind: "receipt",
        bytes: bytes.to_vec(),
        ours: ours.map(|r| say_receipt(&r)).map_err(|e| e.code()),
    }
}

/// Every receipt of `spec/vectors`, each once, and every public CBOR vector.
fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for folder in [
        "",
        "kinds",
        "algorithm-19",
        "negative",
        "canary",
        "chain",
        "rules",
    ] {
        let mut paths: Vec<PathBuf> = fs::read_dir(spec("vectors").join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            match path.extension().and_then(|e| e.to_str()) {
                Some("cbor") => all.push(receipt(folder, name, &fs::read(&path).unwrap())),
                Some("jwp") => {
                    let chain = fs::read(&path).unwrap();
                    let mut rest = chain.as_slice();
                    while let Ok((one, behind)) = UnverifiedReceipt::parse_first(rest) {
                        if seen.insert(one.as_bytes().to_vec()) {
                            let seq = one.unverified_payload().seq();
                            all.push(receipt(folder, format!("{name} {seq}"), one.as_bytes()));
                        }
                        rest = behind;
                    }
                }
                _ => {}
            }
        }
    }
    assert!(all.len() > 500, "{} receipts", all.len());
    for vector in folder().iter().flat_map(|folder| sets::vectors(folder)) {
        let value = cbor::from_slice::<Value>(&vector.bytes);
        all.push(Case {
            set: vector.set.to_owned(),
            name: vector.index.to_string(),
            kind: "item",
            ours: value.map(|v| say(&v)).map_err(|e| e.code()),
            bytes: vector.bytes,
        });
    }
    all
}

/// The answers of another decoder, one a case.
fn answers(command: &mut Command, cases: &[Case]) -> Vec<String> {
    let mut input = String::new();
    for case in cases {
        writeln!(input, "{} {}", case.kind, hex(&case.bytes)).unwrap();
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may answer while it is still being asked.
    let asking = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    asking.join().unwrap().unwrap();
    assert!(output.status.success(), "{command:?}");
    let answers: Vec<String> = str::from_utf8(&output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(answers.len(), cases.len());
    answers
}

/// The second reader knows our rules: the same value, or the same code.
#[test]
fn the_second_reader_agrees_in_value_and_code() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("SKIPPED: there is no python3");
        return;
    }
    let cases = cases();
    let theirs = answers(
        Command::new("python3").arg(spec("interop/decode.py")),
        &cases,
    );
    let mut wrong = Vec::new();
    for (case, theirs) in cases.iter().zip(theirs) {
        let ours = match &case.ours {
            Ok(value) => value.clone(),
            Err(code) => format!("refused {code}"),
        };
        if theirs != ours {
            let (set, name) = (&case.set, &case.name);
            wrong.push(format!("{set} {name}: {theirs}, ours {ours}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Why a decoder of all deterministic CBOR reads what we refuse. A code that is not here is no reason:
/// whatever it refuses is not well-formed or not deterministic for everybody.
fn rule(name: &str, code: &str) -> Option<&'static str> {
    Some(match code {
        "Codec.NonDeterministic" if name.starts_with("decimal-") => {
            "one number has one form: no decimal that is an integer or could have a shorter mantissa"
        }
        "Codec.FloatNotAllowed" => "no floats: numbers are integers or exact decimals",
        "Codec.TagNotAllowed" => "no tags but 18 (envelope) and 4 (decimal)",
        "Codec.TypeMismatch" => "no null, undefined or simple values but false and true",
        "Codec.OutOfRange" => "a number outside the range that its place or the profile allows",
        "Codec.BadText" => "no controls, byte order marks or bidi controls in text",
        "Codec.BadIdentifier" => "a name without the form of names",
        "Codec.Schema" => {
            "well encoded, but not the structure: map keys are text, fields are those of the CDDL"
        }
        "Codec.TooDeep" | "Codec.TooLarge" | "Codec.TooManyItems" => {
            "beyond a limit of the profile"
        }
        "Codec.Version" => "another version of the payload",
        code if code.starts_with("Envelope.") => "good CBOR, but not an envelope of ours",
        "Chain.Genesis" => "good CBOR, but what a first receipt has, or what only a later one has",
        _ => return None,
    })
}

/// What cbor2 reads: never another value than ours, and never more than is listed.
#[test]
fn cbor2_reads_the_same_and_what_it_reads_beyond_has_a_rule() {
    let Some(peers) = std::env::var_os("JWP_PEERS") else {
        println!("SKIPPED: JWP_PEERS is not set");
        return;
    };
    let cases = cases();
    let script = spec("interop/decode.mjs");
    let theirs = answers(Command::new("node").arg(script).arg(peers), &cases);
    let (mut wrong, mut list) = (Vec::new(), BTreeSet::new());
    let mut same = 0u32;
    for (case, theirs) in cases.iter().zip(&theirs) {
        let (set, name) = (&case.set, &case.name);
        match &case.ours {
            Ok(ours) if ours == theirs => same += 1,
            Ok(ours) => wrong.push(format!("{set} {name}: {theirs}, ours {ours}")),
            Err(_) if theirs.starts_with("refused ") => {}
            Err(code) => match rule(name, code) {
                Some(rule) => _ = list.insert(format!("{set}\t{name}\t{code}\t{rule}")),
                None => wrong.push(format!("{set} {name}: {theirs}, and we say {code}")),
            },
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(same > 200, "{same}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/outside-accept.tsv");
    if std::env::var_os("JWP_BLESS").is_some() {
        let rows: Vec<&str> = list.iter().map(String::as_str).collect();
        let head = "# set\tname\tour code\twhy cbor2 in CDE mode reads it and we do not";
        fs::write(&path, format!("{head}\n{}\n", rows.join("\n"))).unwrap();
    }
    let expected: BTreeSet<String> = fs::read_to_string(&path)
        .unwrap()
        .lines()
        .filter(|row| !row.starts_with('#'))
        // Without the public vectors, ours are the ones of which receipts are made.
        .filter(|row| {
            cases
                .iter()
                .any(|case| row.starts_with(&format!("{}\t", case.set)))
        })
        .map(str::to_owned)
        .collect();
    let beyond: Vec<_> = list.symmetric_difference(&expected).collect();
    assert!(beyond.is_empty(), "{beyond:#?}");
}
