//! Every public CBOR vector: what is not well-formed or not deterministic is refused, what is both is
//! read and written again byte by byte, and where this profile is narrower than the set, the vector
//! stands in `testdata/cbor-exceptions.tsv` with the code that refuses it and the reason. Without its
//! row a vector fails, and a row without its vector, or with another verdict, fails too.
//!
//! The vectors lie in the folder that `JWP_SHARED` names; without it nothing is tested, and said so.
#![cfg(test)]

#[path = "support/public.rs"]
mod public;
#[path = "support/sets.rs"]
mod sets;

use std::collections::BTreeMap;

use jwp_core::{
    Error, ErrorKind,
    cbor::{self, Value},
};
use public::folder;
use sets::{Says, Vector, vectors};

/// The verdict of every reader of whole items; they must agree.
fn verdict(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let value = cbor::from_slice::<Value>(bytes);
    let checked = cbor::check(bytes);
    let mut reader = cbor::Reader::new(bytes)?;
    assert_eq!(
        reader.skip().and_then(|()| reader.finish()),
        checked,
        "{bytes:02x?}"
    );
    assert_eq!(value.as_ref().err(), checked.as_ref().err(), "{bytes:02x?}");
    assert_eq!(
        cbor::diagnose(bytes).is_ok(),
        checked.is_ok(),
        "{bytes:02x?}"
    );
    Ok(cbor::to_vec(&value?).unwrap())
}

/// The rows of `cbor-exceptions.tsv`: the code, or `accepted`, by set and index.
fn exceptions() -> BTreeMap<(&'static str, usize), &'static str> {
    let mut rows = BTreeMap::new();
    let table = include_str!("testdata/cbor-exceptions.tsv");
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let fields: Vec<&str> = row.split('\t').collect();
        let [set, index, code, reason] = fields.as_slice() else {
            panic!("{row}")
        };
        assert!(reason.len() > 10, "{row} has no reason");
        let before = rows.insert((*set, index.parse().unwrap()), *code);
        assert!(before.is_none(), "{row} stands twice");
    }
    rows
}

#[test]
fn every_vector_is_refused_or_has_one_form() {
    let Some(folder) = folder() else { return };
    let (mut exceptions, mut wrong, mut read) = (exceptions(), Vec::new(), 0);
    for Vector {
        set,
        index,
        says,
        bytes,
    } in &vectors(&folder)
    {
        let exception = exceptions.remove(&(*set, *index));
        let result = verdict(bytes);
        if let Ok(again) = &result {
            assert_eq!(again, bytes, "{set} {index} is written in another way");
            read += 1;
        }
        let broken = matches!(
            result.as_ref().map_err(Error::kind),
            Err(ErrorKind::Malformed { .. } | ErrorKind::Truncated | ErrorKind::TrailingBytes)
        );
        let found = result.as_ref().map_or_else(Error::code, |_| "accepted");
        let expected = match says {
            // What a set forbids may be accepted where it is the rule of another profile alone.
            Says::Invalid if exception.is_none() && result.is_err() => found,
            Says::Invalid if exception == Some("accepted") => "accepted",
            Says::Invalid => "refused, and no row of the table",
            Says::Valid | Says::WellFormed => exception.unwrap_or("accepted"),
        };
        if found != expected {
            let words = result.as_ref().err().map(Error::to_string);
            wrong.push(format!(
                "{set}\t{index}\t{found}\t{}",
                words.unwrap_or_default()
            ));
        } else if says == &Says::WellFormed && broken {
            wrong.push(format!("{set}\t{index}\t{found}\tbut it is well-formed"));
        }
    }
    wrong.extend(
        exceptions
            .keys()
            .map(|row| format!("{row:?} is no exception")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(read > 150, "{read} are read");
}
