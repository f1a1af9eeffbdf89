//! One verification: a chain from where it is read, through the steps, to its report.

mod ending;
mod hashed;
mod steps;

use std::io::{self, Read, Seek, SeekFrom};

use jwp_core::{
    Digest, KeyId, Timestamp,
    chain::{ChainHead, ReadError, Receipts, SequenceReader},
    envelope::Batch,
};

use self::{hashed::Hashed, steps::Verification};
use crate::{
    chain::{Break, Classifier},
    finding::Finding,
    invariant::Rules,
    policy::Expectations,
    report::Report,
    tally::Tally,
    trust::{TrustStore, TrustedKey},
};

/// What a verification knows beyond its report.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) rules: Rules,
    pub(crate) tally: Tally,
    /// Whether the last receipt that follows the others is not signed by somebody who may sign it.
    pub(crate) head_is_unverified: bool,
    /// The last receipt, to go on behind it, where the chain is verified for that and is whole.
    pub(crate) head: Option<ChainHead>,
}

/// Verifies a chain in memory.
pub(crate) fn of_bytes(
    bytes: &[u8],
    trust: &TrustStore,
    expect: &Expectations,
    now: Timestamp,
) -> (Report, State) {
    let mut run = Verification::new(trust, expect, now);
    let keys = |kid: &KeyId| trust.key(kid).map(TrustedKey::verifying_key);
    // Either way of ending has left its findings in `run`.
    let _ = Receipts::new(bytes).check_each(&mut Batch::new(), keys, |item| match item {
        Ok((offset, receipt)) => run.take(offset, receipt),
        Err(error) => run.stop(&error),
    });
    if let Some(broken) = run.broken.take() {
        let mut classifier = Classifier::new(&broken, trust);
        // An item that does not parse ends the iteration; what stands before it names the break.
        for (offset, receipt) in Receipts::new(bytes).map_while(Result::ok) {
            if classifier.look(offset, &receipt).is_break() {
                break;
            }
        }
        run.findings.push(classifier.finish());
    }
    run.finish(Some(Digest::sha256(bytes)))
}

/// Verifies a chain from a stream that can be read once.
pub(crate) fn of_stream<R: Read>(
    source: R,
    trust: &TrustStore,
    expect: &Expectations,
    now: Timestamp,
) -> Report {
    let mut hashed = Hashed::new(source);
    let mut run = Verification::new(trust, expect, now);
    run.read(&mut SequenceReader::new(&mut hashed));
    if let Some(broken) = run.broken.take() {
        run.findings.push(broken.unnamed());
    }
    run.finish(hashed.digest()).0
}

/// Verifies a chain from a source that can be read a second time.
pub(crate) fn of_reader<R: Read + Seek>(
    mut source: R,
    trust: &TrustStore,
    expect: &Expectations,
    now: Timestamp,
) -> Report {
    let mut run = Verification::new(trust, expect, now);
    let start = match source.stream_position() {
        Ok(start) => start,
        Err(error) => {
            let _ = run.fail(&error, 0);
            return run.finish(None).0;
        }
    };
    let mut hashed = Hashed::new(&mut source);
    run.read(&mut SequenceReader::new(&mut hashed));
    let mut digest = hashed.digest();
    if let Some(broken) = run.broken.take() {
        let finding = name(&broken, &mut source, start, trust);
        run.findings
            .push(finding.unwrap_or_else(|| broken.unnamed()));
    }
    if digest.is_none() {
        digest = digest_of(&mut source, start).ok();
    }
    run.finish(digest).0
}

/// The second pass; `None` where the source cannot be read again.
fn name<R: Read + Seek>(
    broken: &Break,
    source: &mut R,
    start: u64,
    trust: &TrustStore,
) -> Option<Finding> {
    let mut reader = SequenceReader::new(as_long_as_it_is(source, start).ok()?);
    let mut classifier = Classifier::new(broken, trust);
    loop {
        match reader.next_receipt() {
            Ok(Some((offset, receipt))) if classifier.look(offset, &receipt).is_continue() => {}
            Ok(_) | Err(ReadError::Receipt(_)) => return Some(classifier.finish()),
            Err(_) => return None,
        }
    }
}

/// The source from `start` on, to where it ends now: what somebody appends meanwhile is not waited for.
fn as_long_as_it_is<R: Read + Seek>(source: &mut R, start: u64) -> io::Result<io::Take<&mut R>> {
    let end = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(start))?;
    Ok(source.take(end.saturating_sub(start)))
}

fn digest_of<R: Read + Seek>(source: &mut R, start: u64) -> io::Result<Digest> {
    let mut hashed = Hashed::new(as_long_as_it_is(source, start)?);
    io::copy(&mut hashed, &mut io::sink())?;
    hashed
        .digest()
        .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
