//! `delivery.canary.*`: traffic was moved step by step, or taken back.

use jwp_core::{Citation, Decimal, Evidence, Invalid, Timestamp};
use serde::{Deserialize, Serialize};

use super::{cite_after_tools, outcome_claims};
use crate::window::Window;

/// A canary release, as its steps were measured.
///
/// ```cddl
/// canary = {
///   "steps" => [+ canary-step],
///   "duration_min" => decimal,
///   "strategy" => tstr,
///   "pod_hash" => tstr,
///   "plan" => [+ { "weight" => 0..100, "pause_s" => uint }],
///   "weight_source" => "requested" / "replica-ratio" / "router-verified",
///   "promote_full" => bool,
///   "rollback_fired" => bool,
///   ? "abort_threshold" => tstr,
///   ? "mesh" => tstr,
/// }
/// ```
///
/// Source: Argo Rollouts 1.7 (types.go, analysis_types.go). The dwell of a step is measured from
/// events, never taken from the plan.
///
/// **Proves** that the controller's documents said so. **Does not prove** what share of requests the
/// new version really got, unless `weight_source` is `router-verified`. Trusted: the controller and
/// who reads it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Canary {
    /// The traffic router.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mesh: Option<String>,
    /// The weights and pauses that were planned.
    pub plan: Vec<PlanStep>,
    /// The steps as they were taken.
    pub steps: Vec<CanaryStep>,
    /// The pod template hash, one throughout.
    pub pod_hash: String,
    /// `canary`.
    pub strategy: String,
    /// From the beginning of the first step to the end of the last, minutes at 1 place.
    pub duration_min: Decimal,
    /// Whether somebody skipped the remaining steps and analyses.
    pub promote_full: bool,
    /// Who says what the weights were.
    pub weight_source: WeightSource,
    /// Whether traffic was taken back.
    pub rollback_fired: bool,
    /// The rule at which the operator aborts, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abort_threshold: Option<String>,
}

/// One step that was taken.
///
/// ```cddl
/// canary-step = {
///   "weight" => 0..100,
///   "started_at" => seconds,
///   "dwell_s" => uint,
///   "analysis" => "passed" / "failed" / "inconclusive" / "error" / "none",
///   ? "p99_ms" => decimal,
///   ? "error_rate" => decimal,
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CanaryStep {
    /// 99th percentile of the latency in the step, milliseconds at 3 places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_ms: Option<Decimal>,
    /// Percent of the traffic.
    pub weight: u64,
    /// How long it stood, in seconds.
    pub dwell_s: u64,
    /// What the step's analysis said.
    pub analysis: StepAnalysis,
    /// Share of failed requests in the step, 6 places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<Decimal>,
    /// When the weight was set.
    pub started_at: Timestamp,
}

impl CanaryStep {
    /// A step of `dwell_s` seconds.
    #[must_use]
    pub const fn new(
        weight: u64,
        started_at: Timestamp,
        dwell_s: u64,
        analysis: StepAnalysis,
    ) -> Self {
        Self {
            weight,
            started_at,
            dwell_s,
            analysis,
            p99_ms: None,
            error_rate: None,
        }
    }
}

/// One step that was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PlanStep {
    /// Percent of the traffic.
    pub weight: u64,
    /// The least time that it stands, in seconds.
    pub pause_s: u64,
}

impl PlanStep {
    /// A weight, and the sum of the pauses at it.
    #[must_use]
    pub const fn new(weight: u64, pause_s: u64) -> Self {
        Self { weight, pause_s }
    }
}

/// What the analysis of a step said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StepAnalysis {
    /// It could not be made.
    Error,
    /// Outside its limits.
    Failed,
    /// Neither.
    Inconclusive,
    /// There was none.
    None,
    /// Within its limits.
    Passed,
}

/// Who says what share of the traffic a step had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WeightSource {
    /// Approximated by numbers of replicas.
    ReplicaRatio,
    /// What the controller asked the router for.
    Requested,
    /// What the router confirms.
    RouterVerified,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Stepped,
    Aborted,
}

impl Canary {
    /// A canary that went through `steps` as planned.
    #[must_use]
    pub fn new(
        steps: Vec<CanaryStep>,
        plan: Vec<PlanStep>,
        pod_hash: impl Into<String>,
        weight_source: WeightSource,
    ) -> Self {
        let mut canary = Self {
            steps,
            duration_min: Decimal::ZERO,
            strategy: "canary".into(),
            pod_hash: pod_hash.into(),
            plan,
            weight_source,
            promote_full: false,
            rollback_fired: false,
            abort_threshold: None,
            mesh: None,
        };
        canary.duration_min = canary.measured_min().unwrap_or(Decimal::ZERO);
        canary
    }

    /// When the canary had traffic; `None` without steps.
    #[must_use]
    pub fn window(&self) -> Option<Window> {
        let (first, last) = (self.steps.first()?, self.steps.last()?);
        let end = last.started_at.as_secs().checked_add(last.dwell_s)?;
        Some(Window::new(first.started_at, Timestamp::from_secs(end)?))
    }

    /// The highest weight that any step had.
    #[must_use]
    pub fn highest_weight(&self) -> u64 {
        self.steps.iter().map(|step| step.weight).max().unwrap_or(0)
    }

    /// Minutes from the first step to the end of the last, at 1 place.
    fn measured_min(&self) -> Option<Decimal> {
        Decimal::from_ratio(i128::from(self.window()?.length_s()), 60, 1)
    }

    fn validate_as(&self, outcome: Outcome) -> Result<(), Invalid> {
        if self.strategy.is_empty() || self.pod_hash.is_empty() {
            return Err(Invalid::schema(
                "pod_hash",
                "strategy and pod template hash named",
            ));
        }
        let weights = || self.steps.iter().map(|step| step.weight);
        if weights()
            .chain(self.plan.iter().map(|step| step.weight))
            .any(|weight| weight > 100)
        {
            return Err(Invalid::range("weight", "0..100"));
        }
        if self.plan.is_empty() {
            return Err(Invalid::schema("plan", "at least one step"));
        }
        if self.measured_min() != Some(self.duration_min) {
            return Err(Invalid::schema(
                "duration_min",
                "the measured span of the steps",
            ));
        }
        let pairs = || self.steps.iter().zip(self.steps.iter().skip(1));
        let joined = |(a, b): (&CanaryStep, &CanaryStep)| {
            a.started_at.as_secs().checked_add(a.dwell_s) == Some(b.started_at.as_secs())
        };
        if !pairs().all(joined) {
            return Err(Invalid::schema(
                "steps",
                "each step from the end of the one before",
            ));
        }
        if !pairs().all(|(a, b)| a.weight < b.weight) {
            return Err(Invalid::schema("steps", "weights that grow"));
        }
        let latencies = self.steps.iter().filter_map(|step| step.p99_ms);
        if latencies.into_iter().any(Decimal::is_negative) {
            return Err(Invalid::range("p99_ms", "0 or more"));
        }
        let rates = self.steps.iter().filter_map(|step| step.error_rate);
        if rates
            .into_iter()
            .any(|rate| rate.is_negative() || rate > Decimal::from(1u64))
        {
            return Err(Invalid::range("error_rate", "0..1"));
        }
        match outcome {
            Outcome::Stepped => self.validate_stepped(),
            Outcome::Aborted if !self.rollback_fired => Err(Invalid::schema(
                "rollback_fired",
                "true where the canary was aborted",
            )),
            Outcome::Aborted => Ok(()),
        }
    }

    fn validate_stepped(&self) -> Result<(), Invalid> {
        if self.rollback_fired {
            return Err(Invalid::schema(
                "rollback_fired",
                "false where the canary went through",
            ));
        }
        if self.steps.last().map(|step| step.weight) != Some(100) {
            return Err(Invalid::schema("steps", "a last step of weight 100"));
        }
        let bad =
            |step: &CanaryStep| matches!(step.analysis, StepAnalysis::Failed | StepAnalysis::Error);
        if self.steps.iter().any(bad) {
            return Err(Invalid::schema(
                "analysis",
                "no failed step in a canary that went through",
            ));
        }
        Ok(())
    }

    /// `5→25→50→100`.
    fn shown(&self) -> Vec<(&'static str, String)> {
        let steps: Vec<_> = self
            .steps
            .iter()
            .map(|step| step.weight.to_string())
            .collect();
        vec![
            ("steps", steps.join("→")),
            ("duration_min", self.duration_min.to_string()),
        ]
    }

    fn cited(&self, evidence: &[Evidence]) -> impl IntoIterator<Item: Into<Citation>> {
        cite_after_tools(evidence, &["Argo Rollouts", "Kubernetes"], &[])
    }
}

outcome_claims! {
    Canary, Canary::validate_as, Canary::cited, Canary::shown;
    /// The canary went through to weight 100.
    CanaryStepped = "delivery.canary.stepped", Outcome::Stepped;
    /// The canary was aborted and its traffic taken back.
    CanaryAborted = "delivery.canary.aborted", Outcome::Aborted;
}
