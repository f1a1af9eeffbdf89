//! The rule in numbers: a percentage under `jwp-100`, or the `fractional` weights of flagd's definition.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{FlagContext, Rule};
use crate::{
    compute::bucket::Bucketing,
    import::{ImportError, fault},
    kind::flag::Admitted,
};

/// The rule in numbers.
pub(super) struct Division {
    pub(super) bucketing: Bucketing,
    pub(super) salt: String,
    pub(super) buckets: u32,
    pub(super) admitted: (u32, u32),
    pub(super) percent: u32,
    pub(super) flag_set: Option<String>,
    pub(super) flag_version: Option<String>,
}

impl Division {
    /// How a rule divides the users of the flag.
    pub(super) fn of(rule: Rule<'_>, context: &FlagContext) -> Result<Self, ImportError> {
        match rule {
            Rule::Flagd {
                definition,
                bucketing,
            } => flagd(definition, bucketing, context)
                .map_err(|e| fault::within(e, "flag definition")),
            Rule::Percent { percent, salt } => {
                if percent > 100 || salt.contains('\0') {
                    return Err(fault::value("percent", "0..100, and a salt without NUL"));
                }
                Ok(Self {
                    bucketing: Bucketing::Jwp100,
                    salt: salt.to_owned(),
                    buckets: 100,
                    admitted: (0, percent),
                    percent,
                    flag_set: None,
                    flag_version: None,
                })
            }
        }
    }
}

#[derive(Deserialize)]
struct Definition<'a> {
    #[serde(borrow)]
    flags: BTreeMap<String, Flag<'a>>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Flag<'a> {
    state: String,
    #[serde(borrow)]
    variants: BTreeMap<String, &'a RawValue>,
    #[serde(borrow, default)]
    targeting: Option<&'a RawValue>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    flag_set_id: Option<String>,
    #[serde(default)]
    version: Option<Version>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Version {
    Number(u64),
    Text(String),
}

impl Version {
    fn text(&self) -> String {
        match self {
            Self::Number(n) => n.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Targeting<'a> {
    #[serde(borrow)]
    fractional: Vec<&'a RawValue>,
}

fn flagd(
    definition: &[u8],
    bucketing: Bucketing,
    context: &FlagContext,
) -> Result<Division, ImportError> {
    if bucketing == Bucketing::Jwp100 {
        return Err(fault::unsupported("bucketing", "an algorithm of flagd"));
    }
    let read: Definition<'_> = fault::json(definition)?;
    let pointer = format!("/flags/{}", context.flag);
    let at = |member: &str| format!("{pointer}/{member}");
    let flag = read.flags.get(&context.flag);
    let flag = flag.ok_or_else(|| fault::incomplete(&*pointer, "the flag"))?;
    if flag.state != "ENABLED" {
        return Err(fault::value(at("state"), "ENABLED"));
    }
    if !flag.variants.contains_key(&context.variant) {
        return Err(fault::incomplete(at("variants"), "the variant that admits"));
    }
    let (buckets, admitted) = fractional(flag, &context.variant, &at("targeting"))?;
    let (from, to) = admitted;
    let percent = Admitted::new(from.into(), to.into())
        .whole_percent(buckets.into())
        .and_then(|percent| u32::try_from(percent).ok());
    let percent = percent.ok_or_else(|| fault::value(at("targeting"), "a whole percentage"))?;
    let of = |name: fn(&Metadata) -> Option<String>| name(&flag.metadata).or(name(&read.metadata));
    Ok(Division {
        bucketing,
        salt: String::new(),
        buckets,
        admitted,
        percent,
        flag_set: of(|metadata| metadata.flag_set_id.clone()),
        flag_version: of(|metadata| metadata.version.as_ref().map(Version::text)),
    })
}

/// What flagd hashes: the flag key and the targeting key, which is also the default.
const HASHED: &str = r#"{"cat":[{"var":"$flagd.flagKey"},{"var":"targetingKey"}]}"#;

/// The sum of the weights, and the range of those that admit. `place` is where the targeting stands.
fn fractional(
    flag: &Flag<'_>,
    admits: &str,
    place: &str,
) -> Result<(u32, (u32, u32)), ImportError> {
    let unsupported = || fault::unsupported(place, "targeting by fractional alone");
    let targeting = flag.targeting.ok_or_else(unsupported)?;
    let targeting: Targeting<'_> =
        fault::json(targeting.get().as_bytes()).map_err(|_| unsupported())?;
    let (mut total, mut admitted) = (0u32, None);
    for (i, entry) in targeting.fractional.iter().enumerate() {
        let text = entry.get();
        if i == 0 && text.starts_with('{') {
            let spelled: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            if spelled != HASHED {
                return Err(unsupported());
            }
            continue;
        }
        let (variant, weight) = match fault::json::<(String, u32)>(text.as_bytes()) {
            Ok(pair) => pair,
            Err(_) => match fault::json::<(String,)>(text.as_bytes()) {
                Ok((variant,)) => (variant, 1),
                Err(_) => return Err(unsupported()),
            },
        };
        let from = total;
        total = total.checked_add(weight).ok_or_else(unsupported)?;
        if !flag.variants.contains_key(&variant) {
            return Err(fault::value(place, "variants of the flag"));
        }
        if variant == admits && admitted.replace((from, total)).is_some() {
            return Err(fault::value(place, "the admitting variant once"));
        }
    }
    let admitted = admitted.ok_or_else(|| fault::incomplete(place, "the admitting variant"))?;
    Ok((total, admitted))
}
