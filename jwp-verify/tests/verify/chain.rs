//! Breaks in a chain, each by its exact name, in memory, in a file and in a stream that may not end.

use std::io::{self, Cursor, Read};

use jwp_core::{Link, RunId, UnverifiedReceipt, payload::Position};
use jwp_verify::{Expectations, Report, Stage, verify_reader, verify_stream};

use crate::support::*;

fn expect_any() -> Expectations {
    anything(Stage::None)
}

/// Checks the name of a break in memory and in a file, and that a stream refuses as well.
#[track_caller]
fn breaks(receipts: &[Vec<u8>], code: &str) -> Report {
    let bytes = receipts.concat();
    let report = check(&bytes, &expect_any());
    codes(&report, 1, &[code]);
    let file = verify_reader(Cursor::new(&bytes), &trust(), &expect_any(), at(NOW));
    assert_eq!(file, report);
    let stream = verify_stream(&bytes[..], &trust(), &expect_any(), at(NOW));
    codes(&stream, 1, &["Chain.Broken"]);
    assert_eq!(stream.findings[0].seq, report.findings[0].seq);
    assert_eq!(stream.findings[0].offset, report.findings[0].offset);
    report
}

#[test]
fn stream_and_file_say_what_memory_says() {
    let bytes = release().bytes();
    let report = check(&bytes, &expect());
    assert_eq!(
        verify_stream(&bytes[..], &trust(), &expect(), at(NOW)),
        report
    );
    assert_eq!(
        verify_reader(Cursor::new(&bytes), &trust(), &expect(), at(NOW)),
        report
    );
    // A file is read from where it stands.
    let mut shifted = Cursor::new([&b"junk"[..], &bytes].concat());
    shifted.set_position(4);
    assert_eq!(verify_reader(shifted, &trust(), &expect(), at(NOW)), report);
}

/// T44
#[test]
fn removed_receipt_is_missing() {
    for removed in 0..SEAL {
        let mut receipts = release().receipts;
        receipts.remove(removed);
        let report = breaks(&receipts, "Chain.Missing");
        assert_eq!(
            report.findings[0].seq,
            Some(u64::try_from(removed + 1).unwrap())
        );
    }
}

/// T43
#[test]
fn swapped_receipts_are_reordered() {
    for first in 0..SEAL {
        let mut receipts = release().receipts;
        receipts.swap(first, first + 1);
        breaks(&receipts, "Chain.Reordered");
    }
}

/// T40: also in another place, and with another signature over the same payload.
#[test]
fn repeated_receipt_is_a_duplicate() {
    let whole = release().receipts;
    for place in 2..=whole.len() {
        let mut receipts = whole.clone();
        receipts.insert(place, whole[1].clone());
        breaks(&receipts, "Chain.Duplicate");
    }
    let link = |bytes: &[u8]| UnverifiedReceipt::parse(bytes).unwrap().link();
    let mut again = whole[1].clone();
    let last = again.len() - 1;
    again[last] ^= 1;
    assert_eq!(link(&again), link(&whole[1]));
    let mut receipts = whole.clone();
    receipts.insert(2, again);
    breaks(&receipts, "Chain.Duplicate");
}

/// T42: a receipt that a trusted signer put in is a fork, one of anybody else an insertion.
#[test]
fn inserted_receipt() {
    let release = release();
    let position = next(3, release.links[2]);
    let mut receipts = release.receipts.clone();
    receipts.insert(4, forged("deployer", &dora(), &position));
    let report = breaks(&receipts, "Chain.Equivocation");
    let found = &report.findings[0].found;
    // T46: both heads are reported.
    assert!(found.contains(&release.links[ARMED].to_string()), "{found}");

    let mut receipts = release.receipts.clone();
    receipts.insert(4, forged("stranger", &dora(), &position));
    breaks(&receipts, "Chain.Inserted");
    // In front of the true one it fits by itself; the break is at the true one.
    let mut receipts = release.receipts.clone();
    receipts.insert(3, forged("stranger", &dora(), &position));
    let report = check(&receipts.concat(), &expect_any());
    codes(&report, 1, &["Trust.UnknownKey", "Chain.Inserted"]);
    // An old number with a link from elsewhere.
    let mut receipts = release.receipts.clone();
    receipts.insert(
        5,
        forged("deployer", &dora(), &next(2, Link::from_bytes([9; 32]))),
    );
    breaks(&receipts, "Chain.Inserted");
}

/// T45, T50, T64
#[test]
fn receipts_of_another_chain() {
    let release = release();
    let splice = |sub, aud| {
        let mut receipts = release.receipts[..3].to_vec();
        let position = next(3, release.links[2]);
        receipts.push(forged_for((sub, aud), "deployer", &dora(), &position));
        receipts
    };
    breaks(&splice("jouledb@v2026.05.06", AUD), "Chain.ReleaseMismatch");
    breaks(&splice(SUB, "staging"), "Chain.ReleaseMismatch");
    let append = |run, build| {
        let mut receipts = release.receipts.clone();
        receipts.extend(Draft::begin(SUB, AUD, run).with(vec![build]).receipts);
        receipts
    };
    breaks(&append(2, step("builder", build())), "Chain.Genesis");
    // The same run begins differently.
    breaks(
        &append(1, step("builder", attestation())),
        "Chain.Equivocation",
    );
    let mut receipts = release.receipts.clone();
    receipts.extend(
        Draft::begin("kwhdb@v1", AUD, 1)
            .with(vec![step("builder", build())])
            .receipts,
    );
    breaks(&receipts, "Chain.ReleaseMismatch");
}

/// T49, T50, T51, T53
#[test]
fn wrong_numbers_and_links() {
    let release = release();
    let with = |position: Position| {
        let mut receipts = release.receipts[..3].to_vec();
        receipts.push(forged("deployer", &dora(), &position));
        receipts
    };
    let head = release.links[2];
    for seq in [1, 2, 4, (1 << 53) - 1] {
        breaks(&with(next(seq, head)), "Chain.Sequence");
    }
    breaks(
        &with(next(3, Link::from_bytes([9; 32]))),
        "Chain.PrevMismatch",
    );
    breaks(&with(next(9, Link::from_bytes([9; 32]))), "Chain.Missing");
    breaks(&with(next(3, release.links[0])), "Chain.Equivocation");
    let first = Position::First {
        run: RunId::from_bytes([3; 16]),
        after: None,
    };
    breaks(&with(first), "Chain.Genesis");
}

/// T56
#[test]
fn time_never_goes_back() {
    let early = |payload, seconds| {
        let mut fork = Draft::begin(SUB, AUD, 1);
        fork.push_signed("builder", &build(), BASE + 100, &key("builder"));
        let position = next(1, fork.links[0]);
        let statement = jwp_core::Statement::new(id("builder"), id(SUB), id(AUD), at(seconds));
        let algorithm = jwp_core::envelope::Algorithm::EdDsa;
        let signer = key("builder");
        let signed = jwp_core::envelope::sign(&payload, &position, &statement, algorithm, &signer);
        [fork.bytes(), signed.unwrap().into_bytes()].concat()
    };
    let report = check(&early(attestation(), BASE + 99), &expect_any());
    codes(&report, 1, &["Chain.Time"]);
    passes(&check(&early(attestation(), BASE + 100), &expect_any()));
}

/// T39
#[test]
fn more_receipts_than_allowed() {
    let bytes = release().bytes();
    passes(&check(&bytes, &expect().with_max_receipts(9)));
    codes(
        &check(&bytes, &expect().with_max_receipts(8)),
        1,
        &["Chain.TooMany"],
    );
}

/// Counts what was read.
struct Counted<R> {
    inner: R,
    given: usize,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.given += read;
        Ok(read)
    }
}

/// T39: receipts are counted as they come; what stands behind the last one that is allowed is not read.
#[test]
fn a_stream_of_more_receipts_than_allowed_is_left_where_it_has_too_many() {
    const BUFFER: usize = 2 << 20;
    let bytes = release().bytes();
    let endless = bytes.as_slice().chain(io::repeat(0));
    let mut source = Counted {
        inner: endless,
        given: 0,
    };
    let report = verify_stream(
        &mut source,
        &trust(),
        &expect().with_max_receipts(8),
        at(NOW),
    );
    codes(&report, 1, &["Chain.TooMany"]);
    assert!(source.given <= BUFFER, "{} bytes", source.given);
    // All of them are allowed, and what follows is no receipt.
    let endless = bytes.as_slice().chain(io::repeat(0));
    let report = verify_stream(endless, &trust(), &expect().with_max_receipts(9), at(NOW));
    codes(&report, 3, &["Envelope.WrongType", "Chain.Corrupt"]);
}

/// T01, T59: every prefix; between receipts the chain is open, inside one it is cut.
#[test]
fn every_prefix_is_undecided() {
    let release = release();
    let bytes = release.bytes();
    let mut ends = vec![];
    let mut end = 0;
    for receipt in &release.receipts {
        end += receipt.len();
        ends.push(end);
    }
    for length in 0..bytes.len() {
        let report = check(&bytes[..length], &expect());
        let expected = if ends.contains(&length) {
            "Chain.Truncated"
        } else {
            "Codec.Truncated"
        };
        codes(&report, 3, &[expected]);
        assert!(
            report.verdict().starts_with("UNDECIDED: "),
            "{}",
            report.verdict()
        );
    }
}

/// T60: at the exact record, and T103: an empty input is no PASS at any stage.
#[test]
fn torn_page_in_the_middle() {
    let release = release();
    let offset = release.receipts[..4].iter().map(Vec::len).sum::<usize>();
    let mut bytes = release.bytes();
    bytes[offset..offset + 64].fill(0);
    let report = check(&bytes, &expect());
    codes(&report, 3, &["Envelope.WrongType", "Chain.Corrupt"]);
    assert_eq!(report.findings[1].offset, u64::try_from(offset).ok());
    assert_eq!(report.findings[1].seq, Some(4));
    for empty in [&b""[..], &[0; 4096]] {
        let report = check(empty, &expect_any());
        assert_eq!(report.exit_code(), 3);
        assert_eq!(report.facts.receipts, 0);
    }
}

/// T26: proofs in the unprotected header are not signed: they change no verdict and are listed.
#[test]
fn unverified_proofs_are_listed() {
    let release = release();
    let mut receipts = release.receipts.clone();
    // The empty map becomes { 394 => [h'01'] }; it follows the protected header.
    let receipt = UnverifiedReceipt::parse(&release.receipts[2]).unwrap();
    let at_map = receipt.protected_bytes().len() + 4;
    assert_eq!(receipts[2][at_map], 0xa0);
    receipts[2].splice(at_map..=at_map, [0xa1, 0x19, 0x01, 0x8a, 0x81, 0x41, 0x01]);
    let report = check(&receipts.concat(), &expect());
    passes(&report);
    let listed = report
        .not_checked
        .iter()
        .find(|entry| entry.what == "proof")
        .unwrap();
    assert_eq!(listed.seqs, [2]);
    receipts[2][at_map + 6] = 0xff;
    passes(&check(&receipts.concat(), &expect()));
}

/// A source that fails is undecided, whatever was read before.
#[test]
fn failing_source_is_undecided() {
    struct Failing(Cursor<Vec<u8>>);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::ErrorKind::TimedOut.into()),
                read => Ok(read),
            }
        }
    }
    let source = Failing(Cursor::new(release().bytes()));
    let report = verify_stream(source, &trust(), &expect(), at(NOW));
    codes(&report, 3, &["Cli.Io"]);
    assert_eq!(report.basis.chain, None);
}
