//! Documents that no tool wrote, or that a tool wrote for somebody else: each importer refuses them by the right code.

#![cfg(test)]

mod archives;
mod json;
mod numbers;
mod paths;
mod support;
mod unverified;
