//! Chains that come as a stream, which may not end.

use std::io::{self, Read};

use jwp_verify::verify_stream;

use crate::support::*;

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
