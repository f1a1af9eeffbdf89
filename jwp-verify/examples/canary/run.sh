#!/bin/sh
# The release of main.rs, made with the `jwp` command: keys, trust file, two chains, two verdicts.
# Needs nothing but cargo. The keys are new on every run; everything else is as in main.rs.
set -eu
# With CDPATH, cd could go to another folder of that name.
unset CDPATH

# A path in JWP is the caller's, and the folder changes; a bare name is looked up in PATH.
case ${JWP:-} in
    '' | /*) ;;
    */*) JWP=$PWD/$JWP ;;
esac
cd -- "$(dirname -- "$(readlink -f -- "$0")")/../../.."
# Below, a folder is removed with all that is in it: that of this repository and no other.
if [ ! -d jwp-verify/examples/canary/inputs ]; then
    echo "got $PWD, expected a repository with jwp-verify/examples/canary/inputs" >&2
    exit 2
fi

if [ -z "${JWP:-}" ]; then
    cargo build --quiet --release -p jwp-verify --features cli
    JWP=${CARGO_TARGET_DIR:-target}/release/jwp
fi
inputs=jwp-verify/examples/canary/inputs
out=target/canary/shell
rm -rf "$out"
mkdir -p "$out"

for issuer in builder security deployer; do
    "$JWP" keygen --out "$out/$issuer.pem"
done
trust() {
    "$JWP" trust add --trust "$out/trust.toml" --pub "$out/$1.pub.pem" --iss "$1" --kinds "$2" \
        --aud prod --sub 'jouledb@*'
}
trust builder 'delivery.build.*,delivery.attestation.*'
trust security 'delivery.gates.*'
trust deployer 'delivery.rollback.*,delivery.canary.*,delivery.flag.*,delivery.analysis.*,delivery.dora.*,delivery.release.*'

# release CHAIN SUB FOLDER LAYOUT DAY CANARY-FROM CANARY-TO DORA-FROM DORA-TO ROLLBACK…
# In JOULES: yes, and every step carries the owner's figure; no, and nothing was metered.
release() {
    chain=$out/$1 sub=jouledb@$2 folder=$inputs/$3 layout=$inputs/oci/$4 day=$5
    from=$6 to=$7 window_from=$8 window_to=$9
    shift 9
    issue() { # STEP ISSUER TIME JOULES ARGUMENTS…
        step=$1 issuer=$2 at=$3 joules=$4
        shift 4
        if [ "$JOULES" = yes ]; then
            set -- --joules "$joules" --joules-method "the figure of the release's owner" "$@"
        fi
        "$JWP" issue "$step" --chain "$chain" --trust "$out/trust.toml" --key "$out/$issuer.pem" \
            --iss "$issuer" --sub "$sub" --aud prod --now "${day}T$at" "$@"
        echo
    }
    provenance=$folder/attestation/provenance.sigstore.json
    issue build builder "$BUILT" 0.36 --layout "$layout" --platform linux/amd64 \
        --provenance "$provenance"
    issue attestation builder "$ATTESTED" 0.21 --provenance "$provenance"
    issue gates security "$GATED" 1.84 \
        --semgrep "$inputs/semgrep/clean.json" --semgrep-exit 0 \
        --osv "$folder/osv-scanner/report.json" --osv-stderr "$folder/osv-scanner/stderr.txt" \
        --osv-version "$folder/osv-scanner/version.txt" \
        --osv-exit "$(cat "$folder/osv-scanner/exit-code.txt")" \
        --trivy "$folder/trivy/report.json" --trivy-version "$folder/trivy/version.json" \
        --trivy-exit 0 --scancode "$inputs/scancode/ok.json" --scancode-exit 0
    issue rollback deployer "$ARMED" 0.18 "$@" --rto-s 90 --down-migration none \
        --trigger 'p99 > +10 %' --trigger '5xx > 0.01' --round-trip-min 14 \
        --expires "$EXPIRES" --flags "$folder/flag/flags.json" --flag jouledb-fast-path --variant on
    issue canary deployer "$SHIPPED:05Z" 1.62 --rollout "$folder/argo-rollouts/rollout.yaml" \
        --analysis-runs "$folder/argo-rollouts/analysisruns.json" \
        --events "$folder/argo-rollouts/events.json" --argo-version 1.7.2 \
        --kubernetes-version 1.31.2 --abort-threshold 'p99 > +10 % OR 5xx > 0.01' \
        --p99-metric p99-latency:s --error-rate-metric error-rate
    issue flag deployer "$SHIPPED:10Z" 0.55 --flag jouledb-fast-path --variant on \
        --from "$from" --to "$to" --flags "$folder/flag/flags.json" \
        --bucketing flagd-go-pre2026 --counters "$folder/flag/evaluations.json" \
        --latency "$folder/flag/latency.json" --provider flagd --provider-version 0.11 \
        --sdk-version 1.7
    issue analysis deployer "$SHIPPED:15Z" 0.41 --plan "$folder/prometheus/plan.json"
    issue dora deployer "$SHIPPED:30Z" 0.29 --events "$inputs/cdevents/stream.jsonl" \
        --service service/jouledb --environment prod --from "$window_from" --to "$window_to"
    "$JWP" seal --chain "$chain" --trust "$out/trust.toml" --key "$out/deployer.pem" \
        --iss deployer --now "${day}T$SHIPPED:45Z"
    echo
}

JOULES=no BUILT=18:37:30Z ATTESTED=18:38:10Z GATED=18:47:40Z ARMED=19:00:00Z SHIPPED=19:17
EXPIRES=2026-05-07T19:00:00Z
release previous.jwp v2026.05.06 previous buildah-multiarch 2026-05-06 \
    2026-05-06T19:05:00Z 2026-05-06T19:17:00Z 2026-04-06T00:00:00Z 2026-05-06T00:00:00Z \
    --previous-release v2026.05.05 \
    --previous-image sha256:bbff8c9a871e1e55399c13a54deb8c36c1708f161845de17eeb4e8d29a844654

JOULES=yes BUILT=09:02:30Z ATTESTED=09:03:10Z GATED=09:12:40Z ARMED=09:25:00Z SHIPPED=09:42
EXPIRES=2026-05-08T09:25:00Z
release release.jwp v2026.05.07 . buildah-7layer 2026-05-07 \
    2026-05-07T09:30:00Z 2026-05-07T09:42:00Z 2026-04-07T00:00:00Z 2026-05-07T00:00:00Z \
    --previous "$out/previous.jwp"

exec "$JWP" verify "$out/release.jwp" --trust "$out/trust.toml" --sub jouledb@v2026.05.07 \
    --aud prod --now 2026-05-07T09:43:00Z \
    --image sha256:4615af24e06414b4907436d5df63912424dd7be65e42c92f999f66bd88510343
