//! A key that is not in this process: a KMS, an HSM, an agent behind a socket.
//!
//!     cargo run --example remote_signer
//!
//! Whatever can sign 64 bytes of Ed25519 is a [`Signer`]. The program chooses one at run time and
//! hands it around boxed; the chain writer checks every signature under the signer's public key
//! before it gives out a receipt, so a signer that answers wrongly cannot spoil a chain.

use jwp_core::{
    ChainWriter, Citation, Claim, ErrorKind, Evidence, Identifier, ReceiptPayload, RunId, Signer,
    SigningKey, Timestamp, UnverifiedReceipt, VerifyingKey,
};
use serde::{Deserialize, Serialize};

/// A client of a signing service. Here the service is a thread that holds the key; a real one is
/// reached over a socket, and the key never leaves it.
struct Remote {
    /// Known beforehand, not asked from the service for every signature.
    public: VerifyingKey,
    requests: std::sync::mpsc::Sender<Request>,
}

/// What to sign, and where the answer goes.
type Request = (Vec<u8>, std::sync::mpsc::Sender<[u8; 64]>);

impl Remote {
    fn connect(key: SigningKey) -> Self {
        let public = key.verifying_key().clone();
        let (requests, inbox) = std::sync::mpsc::channel::<Request>();
        std::thread::spawn(move || {
            for (message, answer) in inbox {
                // A service that fails gives no answer.
                if let Ok(signature) = key.sign(&message) {
                    let _ = answer.send(signature);
                }
            }
        });
        Self { public, requests }
    }
}

impl Signer for Remote {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> jwp_core::error::Result<[u8; 64]> {
        let (answer, signature) = std::sync::mpsc::channel();
        self.requests
            .send((message.to_vec(), answer))
            .map_err(|_| ErrorKind::Signer)?;
        signature.recv().map_err(|_| ErrorKind::Signer.into())
    }
}

/// A signer whose answers are no signatures.
struct Broken(VerifyingKey);

impl Signer for Broken {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.0
    }

    fn sign(&self, _: &[u8]) -> jwp_core::error::Result<[u8; 64]> {
        Ok([1; 64])
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotated {
    certificate: String,
}

impl Claim for Rotated {
    const KIND: &'static str = "example.certificate.rotated";

    fn cite(&self, _: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        ["RFC 8555"]
    }
}

fn main() -> Result<(), Box<dyn core::error::Error>> {
    // Everybody has this key. A real service makes its own and gives out the public half.
    let key = SigningKey::from_seed(b"example seed, not secret: remote")?;
    let public = key.verifying_key().clone();
    let signer: Box<dyn Signer> = Box::new(Remote::connect(key));

    let iss = Identifier::parse("gateway")?;
    let iat = Timestamp::try_from(1_778_155_200)?;
    let run = RunId::from_bytes([3; 16]);
    let mut writer = ChainWriter::begin("gateway@7".parse()?, "prod".parse()?, run);
    let payload = ReceiptPayload::new(Rotated {
        certificate: "gateway.example".into(),
    });

    let broken: Box<dyn Signer> = Box::new(Broken(public.clone()));
    let refused = writer
        .append(&payload, &iss, iat, &broken)
        .map(|_| "a receipt");
    println!(
        "broken signer: {refused:?}, and the chain is where it was: seq {}",
        writer.next_seq()
    );

    let bytes = writer.append(&payload, &iss, iat, &signer)?;
    let receipt = UnverifiedReceipt::parse(&bytes)?.verify(&public)?;
    println!("{receipt}");
    Ok(())
}
