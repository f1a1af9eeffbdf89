//! The chain as the example makes it, once for all tests.

use std::{path::Path, sync::LazyLock};

use jwp_core::{Digest, Identifier, Signer as _, Timestamp, VerifyingKey};
use jwp_verify::{
    Expectations, KindPattern, NamePattern, Report, TrustStore, TrustedKey,
    seal::{self, Abandoned},
    verify,
};

use crate::release::{self, Folder, Issuers, Release};

pub(crate) const SUB: &str = "jouledb@v2026.05.07";
pub(crate) const AUD: &str = "prod";

pub(crate) struct Canary {
    pub(crate) issuers: Issuers,
    pub(crate) trust: TrustStore,
    pub(crate) keys: Vec<VerifyingKey>,
    /// The chain of the release before.
    pub(crate) previous: Vec<u8>,
    pub(crate) chain: Vec<u8>,
    pub(crate) image: Digest,
    pub(crate) expected: Expectations,
    pub(crate) now: Timestamp,
}

pub(crate) static CANARY: LazyLock<Canary> = LazyLock::new(|| {
    let inputs = Folder::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/canary/inputs"));
    let issuers = Issuers::example().unwrap();
    let keys: Vec<_> = issuers.all().map(|i| i.key.verifying_key().clone()).into();
    let trust = TrustStore::from_keys(issuers.all().map(|issuer| {
        let kinds = issuer.kinds.iter().map(|k| KindPattern::parse(k).unwrap());
        let key = issuer.key.verifying_key().clone();
        let environments = [NamePattern::parse(AUD).unwrap()];
        TrustedKey::new(key, issuer.name.clone(), kinds, environments)
            .with_releases([NamePattern::parse("jouledb@*").unwrap()])
    }))
    .unwrap();
    let mut before = release::previous(&inputs, &issuers).unwrap();
    let now = seal(&mut before, &issuers, &trust);
    let sub: Identifier = "jouledb@v2026.05.06".parse().unwrap();
    let expected = Expectations::new(sub, AUD.parse::<Identifier>().unwrap(), before.image());
    let report = verify(before.bytes(), &trust, &expected, now);
    assert!(report.is_verified(), "{}", report.verdict());
    let link = report.facts.head.unwrap().link;
    let mut release = release::owner(&inputs, &issuers, before.image(), link).unwrap();
    let now = seal(&mut release, &issuers, &trust);
    let sub: Identifier = SUB.parse().unwrap();
    Canary {
        trust,
        keys,
        previous: before.bytes().to_vec(),
        chain: release.bytes().to_vec(),
        image: release.image(),
        expected: Expectations::new(sub, AUD.parse::<Identifier>().unwrap(), release.image()),
        now,
        issuers,
    }
});

fn seal(release: &mut Release, issuers: &Issuers, trust: &TrustStore) -> Timestamp {
    let now = release::sealed_at(release).unwrap();
    let prepared = seal::prepare(release.bytes(), trust, now, Abandoned::No).unwrap();
    release
        .seal(&prepared.payload, &issuers.deployer, now)
        .unwrap();
    now
}

pub(crate) fn check(chain: &[u8]) -> Report {
    verify(chain, &CANARY.trust, &CANARY.expected, CANARY.now)
}
