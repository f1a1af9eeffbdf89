//! The vectors of `spec/` as a stranger has them: files, and nothing that this project computes.

#![cfg(test)]

mod index;
mod stranger;
