//! Keys as other programs write them: read whole, or refused with what is wrong.

#![cfg(test)]
#![cfg(feature = "key-formats")]

mod forms;
mod mangled;
mod secret;
mod support;
