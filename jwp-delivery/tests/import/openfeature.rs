//! Evaluations of a flag, counted or one by one: what is claimed of a share is one of users whom the rule admitted.

use jwp_delivery::{
    compute::bucket::Bucketing,
    import::openfeature::{self, Evaluations, FlagContext, Rule},
};
use serde_json::Value;

use crate::support::{Files, Outcome, folder, read, replace, secs, wire};

pub(crate) fn owner_flag() -> FlagContext {
    let window = (secs(1_778_146_200), secs(1_778_146_920));
    FlagContext::new("jouledb-fast-path", "on", window, "flagd")
        .with_provider_version("0.11")
        .with_sdk_version("1.7")
}

fn flag(rule: Rule<'_>, evaluations: Evaluations<'_>, context: &FlagContext) -> Outcome {
    let imported = openfeature::import(rule, evaluations, context).map_err(|e| e.code())?;
    Ok(wire(&imported.claim))
}

fn counted(files: &Files) -> Outcome {
    let rule = Rule::Flagd {
        definition: &files["flags.json"],
        bucketing: Bucketing::FlagdV2,
    };
    let (counters, latency) = (&files["evaluations.json"], &files["latency.json"]);
    flag(
        rule,
        Evaluations::Counters { counters, latency },
        &owner_flag(),
    )
}

#[test]
fn flag_of_the_owner() {
    let (_, claim) = counted(&folder("openfeature/flagd-0.11-handmade")).unwrap();
    assert_eq!(claim["flag"], "jouledb-fast-path");
    assert_eq!(claim["rollout_pct"], 5);
    assert_eq!(claim["buckets"], 100);
    assert_eq!(claim["admitted"], serde_json::json!({"from": 0, "to": 5}));
    assert_eq!(claim["bucketing"], "flagd-v2");
    assert_eq!(claim["eval_count"], 482_116);
    assert_eq!(claim["admitted_count"], 24_106);
    assert_eq!(claim["eval_p99_ms"], "0.6");
    assert_eq!(claim["errors"], 0);
}

#[test]
fn counted_evaluations_that_cannot_be_are_refused() {
    let files = folder("openfeature/flagd-0.11-handmade");
    let (e, l, d) = ("evaluations.json", "latency.json", "flags.json");
    let with = |file: &str, from: &str, to: &str| {
        let mut files = files.clone();
        files.insert(file.to_owned(), replace(&files[file], from, to));
        counted(&files)
    };
    for (file, from, to, code) in [
        (e, "\"24106\"", "\"24107\"", "Import.Value"),
        (e, "\"458010\"", "\"458009\"", "Import.Value"),
        (e, "_success_", "_errors_", "Import.Unsupported"),
        (e, "\"key\"", "\"flag\"", "Import.Incomplete"),
        (e, "\"reason\"", "\"why\"", "Import.Incomplete"),
        (l, "\"482116\"]}]}}", "\"482117\"]}]}}", "Import.Value"),
        (l, "\"+Inf\"", "\"9\"", "Import.Incomplete"),
        (d, "ENABLED", "DISABLED", "Import.Value"),
        (d, "\"fractional\"", "\"if\"", "Import.Unsupported"),
        (d, "targetingKey", "email", "Import.Unsupported"),
        (
            d,
            "jouledb-fast-path",
            "jouledb-slow-path",
            "Import.Incomplete",
        ),
        // 4.6 % of 482,116 evaluations at 5 %: five sigma is no chance.
        (d, "            5\n", "            6\n", "Import.Value"),
    ] {
        assert_eq!(with(file, from, to), Err(code), "{file}: {from} to {to}");
    }
    // Enough observations in another bucket are another percentile.
    let p99 = |to: &str| with(l, "\"479196\"", to).unwrap().1["eval_p99_ms"].clone();
    assert_eq!(p99("\"479195\""), "0.6");
    assert_eq!(p99("\"477000\""), "0.719");
}

#[test]
fn real_evaluations_fall_into_their_buckets() {
    let definition = read("openfeature/server-sdk-1.23.0/flagd-flags.json");
    let stream = read("openfeature/server-sdk-1.23.0/evaluations-first-1000.jsonl");
    let context = FlagContext::new("new-checkout", "on", (secs(1), secs(2)), "flagd-core");
    let of = |bucketing, stream: &[u8]| {
        let rule = Rule::Flagd {
            definition: &definition,
            bucketing,
        };
        flag(rule, Evaluations::Details(stream), &context)
    };
    // The real evaluations were not timed, and the latency is claimed: nothing is made up.
    assert_eq!(of(Bucketing::FlagdV2, &stream), Err("Import.Incomplete"));
    let timed = String::from_utf8(stream.clone()).unwrap();
    let timed = timed.replace("\"flagKey\"", "\"durationNs\":600000,\"flagKey\"");
    let (_, claim) = of(Bucketing::FlagdV2, timed.as_bytes()).unwrap();
    assert_eq!(
        (&claim["rollout_pct"], &claim["eval_count"]),
        (&10.into(), &1000.into())
    );
    assert_eq!(claim["admitted_count"], 90);
    assert_eq!(claim["eval_p99_ms"], "0.6");
    assert_eq!(claim["flag_set"], "prod/acme");
    assert_eq!(claim["flag_version"], "3");
    // The evaluator of 2026 is not the one before it: user-4 fell into bucket 2 then, 98 now.
    assert_eq!(of(Bucketing::FlagdGoPre2026, &stream), Err("Import.Value"));
    let flipped = replace(&stream, "\"variant\":\"off\"", "\"variant\":\"on\"");
    assert_eq!(of(Bucketing::FlagdV2, &flipped), Err("Import.Value"));
    let anonymous = replace(&stream, "\"targetingKey\":\"user-0\",", "");
    assert_eq!(of(Bucketing::FlagdV2, &anonymous), Err("Import.Incomplete"));
}

#[test]
fn errors_and_defaults_are_no_exposures() {
    let line = |user: &str, duration: u64, rest: &str| {
        format!(
            "{{\"targetingKey\":\"{user}\",\"flagKey\":\"f\",\"value\":true,\"durationNs\":{duration},{rest}}}\n"
        )
    };
    let bucket = |user: &str| Bucketing::Jwp100.bucket("s", "f", user, 100).unwrap();
    let (mut stream, mut on) = (String::new(), 0u64);
    for i in 0..1000 {
        let user = format!("u{i}");
        let admitted = bucket(&user) < 5;
        on += u64::from(admitted);
        let variant = if admitted { "on" } else { "off" };
        stream += &line(
            &user,
            1000 * (i + 1),
            &format!("\"variant\":\"{variant}\",\"reason\":\"SPLIT\""),
        );
    }
    let rule = Rule::Percent {
        percent: 5,
        salt: "s",
    };
    let context = FlagContext::new("f", "on", (secs(1), secs(2)), "own").with_cohort_salt("c");
    let of = |stream: &str| flag(rule, Evaluations::Details(stream.as_bytes()), &context);
    let (_, clean) = of(&stream).unwrap();
    assert_eq!(
        (&clean["eval_count"], &clean["admitted_count"]),
        (&1000.into(), &on.into())
    );
    // Nearest rank: the 990th of 1000 durations of 1, 2, … 1000 µs.
    assert_eq!(clean["eval_p99_ms"], "0.99");
    // Evaluations that all went by the rule divided nobody, and show no share.
    let nobody = stream.replace("SPLIT", "STALE");
    assert_eq!(of(&nobody), Err("Import.Incomplete"));
    for rest in [
        "\"reason\":\"ERROR\",\"errorCode\":\"GENERAL\"",
        "\"reason\":\"DEFAULT\"",
        "\"variant\":\"on\",\"reason\":\"STALE\"",
        "\"variant\":\"off\",\"reason\":\"CACHED\"",
        "\"variant\":\"off\"",
    ] {
        let (_, claim) = of(&(stream.clone() + &line("x", 1, rest))).unwrap();
        assert_eq!(claim["eval_count"], 1001, "{rest}");
        assert_eq!(claim["admitted_count"], on, "{rest}");
        assert_eq!(claim["errors"], u64::from(rest.contains("ERROR")), "{rest}");
        assert_eq!(claim["cohort_root"], clean["cohort_root"], "{rest}");
        assert_ne!(claim["events_root"], clean["events_root"], "{rest}");
    }
    // Under no salt a digest gives the users away to who guesses them.
    let unsalted = FlagContext::new("f", "on", (secs(1), secs(2)), "own").with_cohort_salt("");
    assert_eq!(
        flag(rule, Evaluations::Details(stream.as_bytes()), &unsalted),
        Err("Import.Value")
    );
    // Users whom another reason than the rule admitted are in no bucket of it.
    for reason in ["DEFAULT", "STATIC", "UNKNOWN"] {
        let rest = format!("\"variant\":\"on\",\"reason\":\"{reason}\"");
        assert_eq!(
            of(&(stream.clone() + &line("x", 1, &rest))),
            Err("Import.Value"),
            "{reason}"
        );
    }
    let without = stream.clone() + &line("x", 1, "\"variant\":\"on\"");
    assert_eq!(of(&without), Err("Import.Value"));
    let untimed = stream.replacen("\"durationNs\":1000,", "", 1);
    assert_eq!(of(&untimed), Err("Import.Incomplete"));
    assert_eq!(of(""), Err("Import.Incomplete"));
    assert_eq!(of("[]"), Err("Import.Incomplete"));
}

/// The share is one of users: how often each was evaluated says nothing of it.
#[test]
fn a_share_is_one_of_distinct_users() {
    let context = FlagContext::new("f", "on", (secs(1), secs(2)), "own");
    let of = |salt: &str, users: u32, times: usize, keep: &dyn Fn(bool, u32) -> bool| {
        let mut stream = String::new();
        for n in 0..users {
            let user = format!("u{n}");
            let on = Bucketing::Jwp100.bucket(salt, "f", &user, 100).unwrap() < 5;
            let variant = if on { "on" } else { "off" };
            let line = format!(
                "{{\"targetingKey\":\"{user}\",\"flagKey\":\"f\",\"value\":{on},\"durationNs\":1,\"variant\":\"{variant}\",\"reason\":\"SPLIT\"}}\n"
            );
            if keep(on, n) {
                stream += &line.repeat(times);
            }
        }
        let rule = Rule::Percent { percent: 5, salt };
        flag(rule, Evaluations::Details(stream.as_bytes()), &context).map(|(kind, _)| kind)
    };
    for n in 0..6 {
        let often = of(&format!("s{n}"), 200, 40, &|_, _| true);
        assert_eq!(often, Ok("delivery.flag.evaluated"), "{n}");
    }
    // Only those who were admitted are reported.
    assert_eq!(
        of("s", 2000, 1, &|on, n| on || n < 100),
        Err("Import.Value")
    );

    // Counters do not tell users apart: any share may be one of few users, but for none and all.
    let files = folder("openfeature/flagd-0.11-handmade");
    let with = |(on, off): (u32, u32), (w_on, w_off): (u32, u32)| {
        let mut files = files.clone();
        let mut counts: Value = serde_json::from_slice(&files["evaluations.json"]).unwrap();
        counts["data"]["result"][0]["value"][1] = on.to_string().into();
        counts["data"]["result"][1]["value"][1] = off.to_string().into();
        files.insert("evaluations.json".into(), counts.to_string().into_bytes());
        let mut rule: Value = serde_json::from_slice(&files["flags.json"]).unwrap();
        let targeting = &mut rule["flags"]["jouledb-fast-path"]["targeting"]["fractional"];
        let weights = targeting.as_array_mut().unwrap();
        for weight in weights.iter_mut().filter(|weight| weight.is_array()) {
            weight[1] = if weight[0] == "on" {
                w_on.into()
            } else {
                w_off.into()
            };
        }
        files.insert("flags.json".into(), rule.to_string().into_bytes());
        counted(&files).map(|(_, claim)| claim["admitted_count"].clone())
    };
    assert_eq!(with((30_000, 452_116), (5, 95)), Ok(30_000.into()));
    assert_eq!(with((1, 482_115), (0, 100)), Err("Import.Value"));
    assert_eq!(with((0, 482_116), (0, 100)), Ok(0.into()));
    assert_eq!(with((482_115, 1), (100, 0)), Err("Import.Value"));
    assert_eq!(with((482_116, 0), (100, 0)), Ok(482_116.into()));
}

/// Counts of another time are not those of the window.
#[test]
fn samples_of_flag_counters_lie_in_the_window() {
    let files = folder("openfeature/flagd-0.11-handmade");
    let with = |file: &str, at: u64| {
        let mut files = files.clone();
        let text = String::from_utf8(files[file].clone()).unwrap();
        let moved = text.replace("1778146920", &at.to_string());
        files.insert(file.into(), moved.into_bytes());
        counted(&files).map(|(kind, _)| kind)
    };
    for file in ["evaluations.json", "latency.json"] {
        for at in [1, 1_778_146_199, 1_778_146_921] {
            assert_eq!(with(file, at), Err("Import.Value"), "{file} at {at}");
        }
        for at in [1_778_146_200, 1_778_146_920] {
            assert_eq!(
                with(file, at),
                Ok("delivery.flag.evaluated"),
                "{file} at {at}"
            );
        }
    }
}

/// Served by default the variant went to users outside the rule.
#[test]
fn counters_that_admit_outside_the_rule_are_refused() {
    let files = folder("openfeature/flagd-0.11-handmade");
    let with = |reason: &str| {
        let mut files = files.clone();
        let counts = &files["evaluations.json"];
        let other = replace(counts, "targeting_match", reason);
        files.insert("evaluations.json".into(), other);
        counted(&files).map(|(_, claim)| claim["admitted_count"].clone())
    };
    for reason in ["default", "static", "unknown", "whatever"] {
        assert_eq!(with(reason), Err("Import.Value"), "{reason}");
    }
    // An answer from before was one of the rule.
    assert_eq!(with("stale"), Ok(0.into()));
    assert_eq!(with("cached"), Ok(0.into()));
    assert_eq!(with("split"), Ok(24_106.into()));
}
