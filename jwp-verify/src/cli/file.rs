//! Files as the command opens them: once, regular ones only, with a limit, and written so that a
//! crash leaves either the old bytes or the new ones.

use core::time::Duration;
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    path::Path,
    thread,
};

use super::failure::{Failure, Problem, Result};

/// Longest tool report in bytes (DESIGN §3).
pub(crate) const MAX_REPORT: u64 = 256 << 20;
/// Longest key file in bytes. An Ed25519 PEM has about 120; openssl may write attributes in front.
pub(crate) const MAX_KEY: u64 = 64 << 10;
/// Longest chain file that receipts are appended to, in bytes. Reading alone has no limit.
pub(crate) const MAX_OPEN_CHAIN: u64 = 256 << 20;

/// How often, and after what pause each time, a file is tried that is locked or leased: ten seconds in all.
const LOCK_TRIES: u32 = 500;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Opens a regular file for reading. Links are followed: what they lead to must be regular.
///
/// The type is asked before opening, because to open a device may do something, and again of the
/// open file, because the name may lead elsewhere by then.
pub(crate) fn open(path: &Path) -> Result<File> {
    let at = |problem| Failure::at(problem, path);
    regular(&fs::metadata(path).map_err(|e| at(Problem::io("open", e)))?).map_err(at)?;
    open_now(path)
}

/// Opens what the name leads to now. A FIFO that took the place of a file has nobody who writes: nothing waits for them.
fn open_now(path: &Path) -> Result<File> {
    let at = |problem| Failure::at(problem, path);
    let mut options = OpenOptions::new();
    options.read(true);
    without_waiting(&mut options);
    let mut tries = LOCK_TRIES;
    let file = loop {
        match options.open(path) {
            // Another process holds a lease, and has been asked to give it up (fcntl(2), F_SETLEASE).
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && tries > 0 => {
                tries = tries.saturating_sub(1);
                thread::sleep(LOCK_PAUSE);
            }
            opened => break opened.map_err(|e| at(Problem::io("open", e)))?,
        }
    };
    regular(&file.metadata().map_err(|e| at(Problem::io("open", e)))?).map_err(at)?;
    Ok(file)
}

#[cfg(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
))]
fn without_waiting(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    /// Linux, asm-generic/fcntl.h. A regular file is opened at once, unless somebody has a lease on it.
    const O_NONBLOCK: i32 = 0o4000;
    options.custom_flags(O_NONBLOCK);
}

/// Elsewhere the flag has another number: what is left is the time between the question and the opening.
#[cfg(not(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
)))]
fn without_waiting(_: &mut OpenOptions) {}

/// Reads a whole regular file of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    read_open(&open(path)?, path, limit)
}

/// Reads what is left of an open file, and refuses more than `limit` bytes.
pub(crate) fn read_open(file: &File, path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte beyond the limit tells "too long" apart; the file may grow while it is read.
    let mut bounded = file.take(limit.saturating_add(1));
    bounded
        .read_to_end(&mut bytes)
        .map_err(|e| Failure::at(Problem::io("read", e), path))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        return Err(Failure::at(Problem::TooLarge { limit }, path));
    }
    Ok(bytes)
}

/// Refuses everything that is not a regular file.
pub(crate) fn regular(metadata: &fs::Metadata) -> Result<(), Problem> {
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(());
    }
    let found = if kind.is_dir() {
        "a directory"
    } else if kind.is_symlink() {
        "a symbolic link"
    } else {
        special(kind)
    };
    Err(Problem::NotRegularFile { found })
}

#[cfg(unix)]
fn special(kind: fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special(_: fs::FileType) -> &'static str {
    "a special file"
}

/// What is at a path that will be written: nothing, or a regular file that is no symbolic link.
pub(crate) fn existing(path: &Path) -> Result<bool> {
    let at = |problem| Failure::at(problem, path);
    match fs::symlink_metadata(path) {
        Ok(metadata) => regular(&metadata).map_err(at).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(at(Problem::io("open", error))),
    }
}

/// Creates a file that must not exist and writes all of it; `private` allows its owner alone.
///
/// A file that could not be written whole is removed again.
pub(crate) fn create(path: &Path, bytes: &[u8], private: bool) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    if private {
        owner_only(&mut options);
    }
    let mut file = options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::at(Problem::Exists, path),
        _ => Failure::at(Problem::io("create", error), path),
    })?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.and_then(|()| sync_folder(path)).map_err(|error| {
        // The first error is the one to report; a half-written file is worth nothing.
        let _ = fs::remove_file(path);
        Failure::at(Problem::io("write", error), path)
    })
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn owner_only(_: &mut OpenOptions) {}

/// Replaces a file as a whole: a new one beside it, then its name on it.
///
/// `old` is what the caller has read there (`None`: nothing was there). A file that holds other
/// bytes by now was changed by somebody else and stays, and of several that replace the same bytes one does.
pub(crate) fn replace(path: &Path, old: Option<&[u8]>, new: &[u8], limit: u64) -> Result<()> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|_| Failure::at(Problem::Random, path))?;
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{:016x}.tmp", u64::from_le_bytes(random)));
    let temporary = path.with_file_name(name);
    create(&temporary, new, false).map_err(|failure| failure.instead_in(path))?;
    let replaced = match old {
        None => begin(path, &temporary, new),
        Some(old) => exchange(path, old, &temporary, limit),
    };
    let replaced = replaced.and_then(|()| {
        sync_folder(path).map_err(|error| Failure::at(Problem::io("replace", error), path))
    });
    // Gone where it was renamed; otherwise nothing of ours stays behind.
    let _ = fs::remove_file(&temporary);
    replaced
}

/// Gives a whole file a name that nothing has: unlike a rename, a link never takes the place of another.
fn begin(path: &Path, temporary: &Path, new: &[u8]) -> Result<()> {
    match fs::hard_link(temporary, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Failure::at(Problem::Changed, path))
        }
        // A file system without links: a crash may leave half a file, but nobody's is written over.
        Err(_) => create(path, new, false),
    }
}

/// Renames over a file that holds `old`, under its lock. Who waits for the lock meanwhile finds that the name leads
/// to another file.
fn exchange(path: &Path, old: &[u8], temporary: &Path, limit: u64) -> Result<()> {
    let at = |error| Failure::at(Problem::io("replace", error), path);
    let file = open(path)?;
    lock(&file, path, File::try_lock)?;
    if !is_named(&file, path)? || read_open(&file, path, limit)? != old {
        return Err(Failure::at(Problem::Changed, path));
    }
    keep_owner(&file, temporary)
        .map_err(|error| Failure::at(Problem::io("keep the owner of", error), path))?;
    fs::rename(temporary, path).map_err(at)
    // The lock goes with the handle.
}

/// Takes a lock, waiting while another process has it.
pub(crate) fn lock(
    file: &File,
    path: &Path,
    lock: impl Fn(&File) -> Result<(), TryLockError>,
) -> Result<()> {
    for _ in 0..LOCK_TRIES {
        match lock(file) {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => {
                return Err(Failure::at(Problem::io("lock", error), path));
            }
        }
    }
    let waited = LOCK_PAUSE.saturating_mul(LOCK_TRIES);
    Err(Failure::at(Problem::Locked { waited }, path))
}

/// Whether its name still leads to the open file, and through no symbolic link; both must be regular.
pub(crate) fn is_named(file: &File, path: &Path) -> Result<bool> {
    let at = |error| Failure::at(Problem::io("open", error), path);
    let of_name = path.symlink_metadata().map_err(at)?;
    let of_file = file.metadata().map_err(at)?;
    regular(&of_name).map_err(|problem| Failure::at(problem, path))?;
    regular(&of_file).map_err(|problem| Failure::at(problem, path))?;
    Ok(is_same(&of_name, &of_file))
}

#[cfg(unix)]
fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere the length is all that the standard library tells of a file's identity; the comparison
/// of the bytes under the lock still stands.
#[cfg(not(unix))]
fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    one.len() == other.len()
}

/// Owner and mode of the file that is replaced. Where the owner cannot be kept nothing is replaced: root that adds a
/// key must not lock out whose file it is, nor may a file change hands by being written.
fn keep_owner(old: &File, temporary: &Path) -> io::Result<()> {
    let old = old.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let new = fs::metadata(temporary)?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            chown(temporary, Some(old.uid()), Some(old.gid()))?;
        }
    }
    // Behind the owner: a change of owner may take mode bits away.
    fs::set_permissions(temporary, old.permissions())
}

/// A new name is on the disk only when its folder is.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether others than the owner may read or write the file.
#[cfg(unix)]
pub(crate) fn open_to_others(file: &File) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata().ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
pub(crate) fn open_to_others(_: &File) -> Option<u32> {
    None
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
