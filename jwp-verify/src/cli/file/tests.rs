//! Names that lead elsewhere while they are read, and files without an end.

use std::{path::PathBuf, process::Command, sync::mpsc, thread};

use super::*;

/// An empty folder of its own.
fn folder(test: &str) -> PathBuf {
    let name = format!("jwp-file-{test}-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("a folder of its own");
    folder
}

/// T99: what was opened is read, whatever has its name by now; and that it has is noticed where it is written.
#[test]
fn a_file_that_is_swapped_is_the_one_that_was_opened() {
    let folder = folder("swapped");
    let (path, other) = (folder.join("report.json"), folder.join("other.json"));
    fs::write(&path, "first").unwrap();
    fs::write(&other, "second").unwrap();
    let file = open(&path).unwrap();
    assert!(is_named(&file, &path).unwrap());
    fs::rename(&other, &path).unwrap();
    assert_eq!(read_open(&file, &path, 100).unwrap(), b"first");
    assert!(!is_named(&file, &path).unwrap());
    assert_eq!(read(&path, 100).unwrap(), b"second");
    fs::remove_dir_all(folder).unwrap();
}

/// T99: a file that grows while it is read ends at the limit.
#[test]
fn a_file_without_an_end_is_read_to_the_limit() {
    let path = Path::new("/dev/zero");
    let endless = File::open(path).unwrap();
    let error = read_open(&endless, path, MAX_KEY).unwrap_err();
    assert_eq!(error.code(), "Cli.Io");
    // It is no regular file either.
    assert_eq!(open(path).unwrap_err().code(), "Cli.NotRegularFile");
    // A regular one, of one byte more than is read.
    let folder = folder("growing");
    let path = folder.join("key.pem");
    let file = File::create(&path).unwrap();
    file.set_len(MAX_KEY).unwrap();
    assert!(read(&path, MAX_KEY).is_ok());
    file.set_len(MAX_KEY.saturating_add(1)).unwrap();
    assert_eq!(read(&path, MAX_KEY).unwrap_err().code(), "Cli.Io");
    fs::remove_dir_all(folder).unwrap();
}

/// T99: a FIFO that takes the place of a file behind the question what it is.
#[test]
fn a_fifo_is_not_waited_for() {
    let folder = folder("fifo");
    let path = folder.join("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(open(&path).unwrap_err().code(), "Cli.NotRegularFile");
    let (told, answer) = mpsc::channel();
    let name = path.clone();
    thread::spawn(move || told.send(open_now(&name).unwrap_err().code()));
    let code = answer.recv_timeout(Duration::from_secs(20));
    assert_eq!(code, Ok("Cli.NotRegularFile"));
    fs::remove_dir_all(folder).unwrap();
}
