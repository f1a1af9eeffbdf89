//! A Sigstore bundle, a DSSE envelope or a log entry: the claim never says that anything was verified.
#![no_main]
use jwp_delivery::{import::attestation, kind::attestation::Verification};
use jwp_fuzz::{holds, importer};

static BUNDLE: &[u8] = include_bytes!(
    "../../jwp-delivery/testdata/sigstore/mock-0.12.1/dsse-rekor-and-tsa.sigstore.json"
);
const IMAGE: &str = "sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let image = IMAGE.parse().expect("a digest");
    let imported = importer(data, |data| attestation::import(data, None, image), holds);
    if let Some(imported) = imported {
        assert_eq!(imported.subject, [image]);
        assert_eq!(
            imported.claim.verification,
            Verification::ImportedUnverified
        );
        assert_eq!(imported.claim.issuer_level, None);
    }
    importer(
        data,
        |data| attestation::import(BUNDLE, Some(data), image),
        holds,
    );
});
