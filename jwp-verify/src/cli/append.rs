//! Appending to a chain file: verified first, then under a lock, then on the disk.
//!
//! A chain file is read and verified, the receipt is made, and only then is the file locked, read
//! again and compared: where anybody wrote in between, nothing is appended (`Chain.HeadMoved`). So no
//! two processes can append behind one head. A write that fails is taken back; one that is cut by a
//! crash leaves a torn last receipt, which no reader accepts and which `--recover` removes.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::{
    failure::{Failure, Problem, Result},
    file,
};

/// A chain file as it was read: what may be appended to it depends on these bytes.
#[derive(Debug)]
pub(crate) struct ChainFile {
    path: PathBuf,
    /// `None` where there is no file yet.
    file: Option<File>,
    bytes: Vec<u8>,
    /// Length without a torn last receipt that will be removed.
    whole: usize,
}

impl ChainFile {
    /// Reads a chain that will be appended to; it need not exist.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let mut chain = Self {
            path: path.to_owned(),
            file: None,
            bytes: Vec::new(),
            whole: 0,
        };
        if file::existing(path)? {
            let file = chain.open(OpenOptions::new().read(true).append(true))?;
            file::lock(&file, path, File::try_lock_shared)?;
            chain.bytes = file::read_open(&file, path, file::MAX_OPEN_CHAIN)?;
            chain.whole = chain.bytes.len();
            file.unlock()
                .map_err(|error| chain.failure("unlock", error))?;
            chain.file = Some(file);
        }
        Ok(chain)
    }

    /// The bytes that were read, without a torn last receipt.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.whole).unwrap_or_default()
    }

    /// Whether there is no receipt yet.
    pub(crate) const fn is_empty(&self) -> bool {
        self.whole == 0
    }

    /// The path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves out everything from `offset` on: a receipt that a crash has cut. Gives the number of
    /// bytes; [`ChainFile::append`] removes them from the file.
    pub(crate) fn cut(&mut self, offset: usize) -> usize {
        self.whole = self.whole.min(offset);
        self.bytes.len().saturating_sub(self.whole)
    }

    /// Appends one receipt and waits until it is on the disk.
    pub(crate) fn append(mut self, receipt: &[u8]) -> Result<()> {
        let (mut file, is_new) = match self.file.take() {
            Some(file) => (file, false),
            None => (
                self.open(OpenOptions::new().read(true).append(true).create_new(true))?,
                true,
            ),
        };
        file::lock(&file, &self.path, File::try_lock)?;
        self.same_file(&file)?;
        file.seek(SeekFrom::Start(0))
            .map_err(|error| self.failure("read", error))?;
        if file::read_open(&file, &self.path, file::MAX_OPEN_CHAIN)? != self.bytes {
            return Err(Failure::at(Problem::HeadMoved, &self.path));
        }
        let whole = u64::try_from(self.whole).unwrap_or(u64::MAX);
        if self.whole < self.bytes.len() {
            file.set_len(whole)
                .map_err(|error| self.failure("cut", error))?;
        }
        // In append mode every write goes to the end, wherever that is.
        let written = file.write_all(receipt).and_then(|()| file.sync_all());
        let written = match written {
            Ok(()) if is_new => file::sync_folder(&self.path),
            other => other,
        };
        written.map_err(|error| {
            // What was there before stays; half a receipt does not.
            let _ = file.set_len(whole).and_then(|()| file.sync_all());
            self.failure("write", error)
        })
        // The lock goes with the handle.
    }

    fn open(&self, options: &OpenOptions) -> Result<File> {
        let file = options
            .open(&self.path)
            .map_err(|error| match error.kind() {
                // Somebody else has begun the chain since it was looked for.
                io::ErrorKind::AlreadyExists => Failure::at(Problem::HeadMoved, &self.path),
                _ => self.failure("open", error),
            })?;
        self.same_file(&file)?;
        Ok(file)
    }

    /// Refuses a file that its name no longer leads to, or leads to through a symbolic link.
    fn same_file(&self, file: &File) -> Result<()> {
        if file::is_named(file, &self.path)? {
            Ok(())
        } else {
            Err(Failure::at(Problem::HeadMoved, &self.path))
        }
    }

    fn failure(&self, doing: &'static str, error: io::Error) -> Failure {
        Failure::at(Problem::io(doing, error), &self.path)
    }
}
