//! Documents that no tool wrote, or that a tool wrote for somebody else: each importer refuses them by the right code.

mod archives;
mod exhaustion;
mod json;
mod numbers;
mod paths;
mod readers;
