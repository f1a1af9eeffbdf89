//! The delivery kinds of the Joule Wire Protocol, and importers from real tool outputs.

#![forbid(unsafe_code)]

pub mod compute;
pub mod import;
pub mod json;
pub mod kind;
pub mod window;

pub use kind::{DeliveryClaim, DeliveryKind, Family};
pub use window::Window;
