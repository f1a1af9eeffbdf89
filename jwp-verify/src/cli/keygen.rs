//! `jwp keygen`: a new Ed25519 key.

use std::{ffi::OsStr, path::PathBuf};

use jwp_core::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use super::{
    Output,
    failure::{Failure, Problem, Result},
    file,
};

/// Arguments of `jwp keygen`.
#[derive(Debug, clap::Args)]
pub(crate) struct Keygen {
    /// Where the private key goes (PKCS#8 PEM, mode 0600); it must not exist. The public key goes
    /// beside it: K.pem and K.pub.pem. No name that ends in .pub.pem
    #[arg(long, value_name = "K.pem")]
    out: PathBuf,
}

impl Keygen {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        let key = new_key(getrandom::fill)?;
        let public = self.public()?;
        // Asked first: the error is about what is in the way, and nothing was written.
        for path in [&self.out, &public] {
            if file::existing(path)? {
                return Err(Failure::at(Problem::Exists, path));
            }
        }
        // The private key comes last: alone it would be in the way of the next attempt, and nobody would miss it.
        file::create(&public, key.verifying_key().to_pem().as_bytes(), false)?;
        file::create(&self.out, key.to_pem().as_bytes(), true).inspect_err(|_| {
            let _ = std::fs::remove_file(&public);
        })?;
        out.done(format!(
            "the keys were written, {} and {},",
            self.out.display(),
            public.display()
        ));
        out.line(format_args!("key     {}", key.verifying_key().id()));
        out.line(format_args!("private {}", self.out.display()));
        out.line(format_args!("public  {}", public.display()));
        Ok(())
    }

    /// The name beside K.pem, or beside K where it has no .pem: K.pub.pem. Another extension stays, so that k.v1 and
    /// k.v2 have each their own.
    fn public(&self) -> Result<PathBuf> {
        let Some(name) = self.out.file_name().map(OsStr::as_encoded_bytes) else {
            return Err(Failure::usage(
                "got a path without a file name, expected one such as K.pem for --out",
            ));
        };
        if name.ends_with(PUBLIC.as_bytes()) {
            return Err(Failure::usage(
                "got a name that ends in .pub.pem, expected another for --out",
            ));
        }
        let mut public = match self.out.extension() {
            Some(extension) if extension == "pem" => self.out.with_extension(""),
            _ => self.out.clone(),
        }
        .into_os_string();
        public.push(PUBLIC);
        Ok(public.into())
    }
}

/// A key from what `fill` writes over the zeros of its seed. Without a generator there is none: a seed that nobody, or
/// nobody but a broken generator, has filled is refused.
fn new_key<E>(fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<SigningKey> {
    let mut seed = Zeroizing::new([0; 32]);
    fill(seed.as_mut()).map_err(|_| Problem::Random)?;
    Ok(SigningKey::from_seed(&seed)?)
}

/// How the names of public keys end.
const PUBLIC: &str = ".pub.pem";

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(fill: impl FnOnce(&mut [u8]) -> Result<(), ()>) -> &'static str {
        new_key(fill).unwrap_err().code()
    }

    /// T108: a generator that fails makes no key, whatever it has written by then; nor does one that says that it wrote.
    #[test]
    fn without_a_generator_there_is_no_key() {
        assert_eq!(refused(|_| Err(())), "Cli.Io");
        let half = |seed: &mut [u8]| {
            seed.iter_mut().zip(1..16).for_each(|(to, n)| *to = n);
            Err(())
        };
        assert_eq!(refused(half), "Cli.Io");
        assert_eq!(refused(|_| Ok(())), "Trust.BadKey");
        for byte in [1, 0x7f, 0xff] {
            let stuck = |seed: &mut [u8]| {
                seed.fill(byte);
                Ok(())
            };
            assert_eq!(refused(stuck), "Trust.BadKey");
        }
    }
}
