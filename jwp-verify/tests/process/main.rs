//! The `jwp` command as a process among others: what ends it, what it reads, and where its key comes from.

#![cfg(test)]
#![cfg(target_os = "linux")]

mod ends;
mod key_sources;
mod support;
mod what_is_read;
