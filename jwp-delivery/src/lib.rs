//! The kinds of a software delivery, and importers that compute them from the tools' own documents.
//!
//! Part of JWP, the Joule Wire Protocol (not JSON Web Proof). A kind is a plain struct with public,
//! documented fields and one `validate`; an importer reads the exact bytes that a tool wrote, counts
//! and computes, and gives a claim with the digests of what it read.
//!
//! | step | kind | follows | importer |
//! |---|---|---|---|
//! | 01 | [`delivery.build.completed`](kind::build::BuildCompleted) | OCI Image Spec v1.1, SLSA v1.0 | [`import::oci`] |
//! | 02 | [`delivery.attestation.slsa`](kind::attestation::AttestationSlsa) | in-toto Statement v1, SLSA v1.0, DSSE, Rekor v1 | [`import::attestation`] |
//! | 03 | [`delivery.gates.*`](kind::gates::Gates) | Semgrep, OSV-Scanner, Trivy, ScanCode | [`import::gates`] |
//! | 04 | [`delivery.flag.evaluated`](kind::flag::FlagEvaluated) | OpenFeature, CloudEvents 1.0 | [`import::openfeature`] |
//! | 05 | [`delivery.canary.*`](kind::canary::Canary) | Argo Rollouts, Kubernetes | [`import::argo`] |
//! | 06 | [`delivery.analysis.*`](kind::analysis::Analysis) | Prometheus, SRE workbook | [`import::prometheus`] |
//! | 07 | [`delivery.dora.snapshot`](kind::dora::DoraSnapshot) | DORA, CDEvents | [`import::cdevents`] |
//! | 08 | [`delivery.rollback.*`](kind::rollback::Rollback) | GitOps, Argo Rollouts abort | [`import::rollback`] |
//! | | [`delivery.incident.*`](kind::incident::Incident) | CDEvents | |
//! | | [`delivery.release.sealed`](kind::release::ReleaseSealed) | RFC 9162 | computed by `jwp-verify` |
//! | | [`trust.*`](kind::trust) | RFC 3161 | |
//!
//! [`compute`] has the arithmetic in exact numbers: quantiles of buckets, burn rates, cohorts, DORA.
//! [`json`] is the one strict JSON reader of all importers.
//!
//! # Example
//!
//! A claim that contradicts itself is not issued:
//!
//! ```
//! use jwp_core::{Claim, Digest};
//! use jwp_delivery::kind::build::BuildCompleted;
//!
//! let (image, config) = (Digest::sha256(b"manifest"), Digest::sha256(b"config"));
//! let commit = "abc123de6610bfda898e5d37fc0caa243309017a";
//! let build = BuildCompleted::new(image, config, 7, "linux/amd64", commit);
//! assert!(build.validate().is_ok());
//! let build = BuildCompleted::new(image, config, 0, "linux/amd64", commit);
//! assert_eq!(build.validate().unwrap_err().field(), "layers");
//! ```
//!
//! # What this crate does not do
//!
//! It touches no file, no network and no clock. It does not verify the signatures inside an imported
//! attestation yet: such a claim says `imported-unverified`. Whom to believe is `jwp-verify`'s matter.

#![forbid(unsafe_code)]

pub mod compute;
pub mod import;
pub mod json;
pub mod kind;
pub mod window;

pub use kind::{DeliveryClaim, DeliveryKind, Family};
pub use window::Window;
