//! Files that are no chain, or more than one.

use std::{
    fs::{self, File},
    process::Command,
};

use crate::support::{SUB, build, fails, folder, gates, jwp, prepare, succeeds, verify};

/// T103: no receipt is no pass.
#[test]
fn every_file_that_is_no_chain_has_its_code() {
    let folder = folder("not_chains");
    prepare(&folder);
    fs::create_dir(folder.join("folder")).unwrap();
    File::create(folder.join("empty")).unwrap();
    File::create(folder.join("zeros"))
        .unwrap()
        .set_len(100 << 20)
        .unwrap();
    fs::write(folder.join("text"), "not a chain\n").unwrap();
    fails(&folder, &verify("missing"), 3, "Cli.Io");
    fails(&folder, &verify("folder"), 3, "Cli.NotRegularFile");
    for (name, code) in [
        ("empty", "Codec.Truncated"),
        ("zeros", "Envelope.WrongType"),
        ("text", "Envelope.WrongType"),
    ] {
        let output = jwp(&folder, &verify(name));
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(3), "{name}: {printed}");
        assert!(printed.contains(code), "{name}: {printed}");
        assert!(!printed.contains("PASSED"), "{name}: {printed}");
    }
    fails(
        &folder,
        &verify("c.jwp").replace("trust.toml", "zeros"),
        3,
        "Trust.Store",
    );
    fails(&folder, "inspect empty", 3, "Codec.Truncated");
    fails(&folder, "inspect zeros", 3, "Envelope.WrongType");
    fails(&folder, "inspect folder", 3, "Cli.NotRegularFile");
    fails(&folder, &build("folder", ""), 3, "Cli.NotRegularFile");
    fails(
        &folder,
        &build("text", "trust.toml"),
        3,
        "Envelope.WrongType",
    );
}

/// T63.
#[cfg(unix)]
#[test]
fn special_files_and_links_are_refused() {
    let folder = folder("special");
    prepare(&folder);
    assert!(
        Command::new("mkfifo")
            .arg(folder.join("fifo"))
            .status()
            .unwrap()
            .success()
    );
    for name in ["fifo", "/dev/zero"] {
        fails(&folder, &verify(name), 3, "Cli.NotRegularFile");
        fails(&folder, &format!("inspect {name}"), 3, "Cli.NotRegularFile");
        fails(&folder, &build(name, ""), 3, "Cli.NotRegularFile");
        fails(
            &folder,
            &verify("c.jwp").replace("trust.toml", name),
            3,
            "Cli.NotRegularFile",
        );
        fails(
            &folder,
            &build("c.jwp", "").replace("builder.pem", name),
            3,
            "Cli.NotRegularFile",
        );
    }
    succeeds(&folder, &build("c.jwp", ""));
    std::os::unix::fs::symlink("c.jwp", folder.join("link.jwp")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("dangling.jwp")).unwrap();
    std::os::unix::fs::symlink("trust.toml", folder.join("link.toml")).unwrap();
    // A link may be read; writing through one could reach a file of somebody else.
    succeeds(&folder, &verify("link.jwp"));
    fails(&folder, &gates("link.jwp"), 3, "Cli.NotRegularFile");
    fails(&folder, &build("dangling.jwp", ""), 3, "Cli.NotRegularFile");
    fails(
        &folder,
        "trust add --trust link.toml --pub builder.pub.pem --iss builder",
        3,
        "Cli.NotRegularFile",
    );
    assert!(!folder.join("nowhere").exists());
}

/// T64.
#[test]
fn two_chains_in_one_file_are_refused() {
    let folder = folder("two");
    prepare(&folder);
    succeeds(&folder, &build("a.jwp", ""));
    succeeds(&folder, &build("b.jwp", ""));
    succeeds(&folder, &build("c.jwp", "").replace(SUB, "other@v1"));
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    for (second, code) in [
        ("b.jwp", "Chain.Genesis"),
        ("c.jwp", "Chain.ReleaseMismatch"),
        ("a.jwp", "Chain.Duplicate"),
    ] {
        fs::write(
            folder.join("two.jwp"),
            [read("a.jwp"), read(second)].concat(),
        )
        .unwrap();
        let output = jwp(&folder, &verify("two.jwp"));
        let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(1), "{second}: {printed}");
        assert!(printed.contains(code), "{second}: {printed}");
        let output = jwp(&folder, &gates("two.jwp"));
        assert_eq!(output.status.code(), Some(1), "{second}");
    }
}

#[test]
fn a_run_of_the_same_number_twice_is_equivocation() {
    let folder = folder("equivocation");
    prepare(&folder);
    let run = "--run 000102030405060708090a0b0c0d0e0f";
    succeeds(&folder, &format!("{} {run}", build("a.jwp", "")));
    let other = build("b.jwp", "").replace("--joules 0.36", "--joules 0.37");
    succeeds(&folder, &format!("{other} {run}"));
    let both = ["a.jwp", "b.jwp"]
        .map(|name| fs::read(folder.join(name)).unwrap())
        .concat();
    fs::write(folder.join("two.jwp"), both).unwrap();
    let output = jwp(&folder, &verify("two.jwp"));
    let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("Chain.Equivocation"), "{printed}");
}
