#!/usr/bin/env python3
"""Writes the hand-made documents of the canary example, in the shapes of the tools they stand for.

    python3 make.py            (Python 3.11, `cryptography` and `PyYAML`; same bytes on every run)

No tool produced these documents. They exist because the figures of the release they describe
cannot come out of a tool that ran for this project. What is real (the OCI images, the Semgrep and
the ScanCode reports) is copied beside them and not touched here, only read: the attestation and
the Trivy report take the image's digests from its own bytes. `../README.md` says field by field
what is which. The keys that sign here are derived from the texts in `key()`: example keys, worth
nothing.
"""

import base64
import datetime
import hashlib
import json
import pathlib

import yaml
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = pathlib.Path(__file__).resolve().parent
UTC = datetime.timezone.utc
LOG_INDEX = 17420914  # the owner's Rekor index: global, over all shards


def at(text, seconds=0):
    """Unix seconds of an RFC 3339 time, plus an offset."""
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()) + seconds


def rfc3339(seconds):
    return datetime.datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def b64(data):
    return base64.b64encode(data).decode()


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def write(path, data):
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def write_json(path, value, indent=2):
    write(path, json.dumps(value, indent=indent, ensure_ascii=False) + "\n")


def write_yaml(path, value):
    write(path, yaml.safe_dump(value, sort_keys=True, default_flow_style=False, width=100))


def pseudo(label, below):
    """A number that looks random and is the same on every run."""
    return int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big") % below


def uuid(label):
    h = sha256(label.encode())
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-8{h[17:20]}-{h[20:32]}"


def key(label):
    """A P-256 key derived from a text: an example key, known to everybody."""
    number = int.from_bytes(hashlib.sha256(b"jwp example key: " + label.encode()).digest(), "big")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    return ec.derive_private_key(number % (order - 1) + 1, ec.SECP256R1())


def spki(private, encoding):
    return private.public_key().public_bytes(
        encoding, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def ecdsa(private, message):
    # RFC 6979 nonces: the same signature on every run.
    return private.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


# --------------------------------------------------------------------------- OCI (real, read only)


def image(layout):
    """Digests of the first image manifest that a copied OCI layout leads to."""
    def blob(digest):
        data = (HERE / layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()
        assert "sha256:" + sha256(data) == digest
        return json.loads(data)

    descriptor = json.loads((HERE / layout / "index.json").read_bytes())["manifests"][0]
    manifest = blob(descriptor["digest"])
    while "manifests" in manifest:
        descriptor = manifest["manifests"][0]
        manifest = blob(descriptor["digest"])
    config = manifest["config"]["digest"]
    return {
        "digest": descriptor["digest"],
        "config": config,
        "image_config": blob(config),
        "diff_ids": blob(config)["rootfs"]["diff_ids"],
    }


# ------------------------------------------------- SLSA provenance v1 in DSSE in a Sigstore bundle


def crates(release):
    names = (
        "ahash aho-corasick anyhow arc-swap axum bitflags bytes chrono crc32fast crossbeam-channel "
        "crossbeam-utils dashmap either fastrand futures-core futures-util h2 hashbrown http "
        "http-body hyper indexmap itoa libc lock_api log memchr mio num-traits once_cell "
        "parking_lot pin-project-lite prometheus rand regex ryu serde serde_json smallvec socket2 "
        "time tokio tower tracing uuid zstd"
    ).split()
    assert len(names) == 46  # 46 crates and the source make the owner's 47 pins
    rows = []
    for name in names:
        version = "0.1.45" if name == "time" else f"1.{pseudo(name, 40)}.{pseudo(name + '.', 9)}"
        checksum = sha256(f"example checksum of {name} {version}".encode())
        rows.append((name, version, checksum))
    return rows


def attestation(r):
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": "jouledb", "digest": {"sha256": r["image"]["digest"].removeprefix("sha256:")}}
        ],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://jouledb.example/buildtypes/container/v1",
                # Parameterless: the source commit alone decides what is built.
                "externalParameters": {},
                "internalParameters": {"hermetic": True, "network": "none"},
                "resolvedDependencies": [
                    {
                        "uri": f"git+https://git.example/jouledb/jouledb@refs/tags/{r['release']}",
                        "digest": {"gitCommit": r["commit"]},
                    }
                ]
                + [
                    {"uri": f"pkg:cargo/{name}@{version}", "digest": {"sha256": checksum}}
                    for name, version, checksum in crates(r["release"])
                ],
            },
            "runDetails": {
                "builder": {
                    "id": "https://jouledb.example/builders/container/v1",
                    "version": {"builder": "1.4.2"},
                },
                "metadata": {
                    "invocationId": f"https://ci.example/jouledb/runs/{r['run']}/attempts/1",
                    "startedOn": rfc3339(r["build"]),
                    "finishedOn": rfc3339(r["build"] + 218),
                },
            },
        },
    }
    payload = compact(statement)
    payload_type = "application/vnd.in-toto+json"
    # DSSE 1.0.2: what is signed.
    pae = b"DSSEv1 %d %s %d %s" % (len(payload_type), payload_type.encode(), len(payload), payload)
    builder = key("builder")
    signature = ecdsa(builder, pae)
    envelope = {
        "payload": b64(payload),
        "payloadType": payload_type,
        "signatures": [{"sig": b64(signature), "keyid": ""}],
    }
    # Rekor v1, kind `dsse` 0.0.1: the body names the envelope, the payload, the signature and
    # the verifier. The log sorts the keys.
    body = compact(
        {
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": {"algorithm": "sha256", "value": sha256(compact(envelope))},
                "payloadHash": {"algorithm": "sha256", "value": sha256(payload)},
                "signatures": [
                    {
                        "signature": b64(signature),
                        "verifier": b64(spki(builder, serialization.Encoding.PEM)),
                    }
                ],
            },
        }
    )
    log = key("transparency log")
    log_id = hashlib.sha256(spki(log, serialization.Encoding.DER)).digest()
    integrated = r["build"] + 224
    # Signed entry timestamp: over the JCS form of exactly these four members.
    promise = compact(
        {
            "body": b64(body),
            "integratedTime": integrated,
            "logID": log_id.hex(),
            "logIndex": r["log_index"],
        }
    )
    # The shard's tree: eight leaves of which this entry is the sixth; RFC 6962 hashing.
    leaves = [hashlib.sha256(b"\0example leaf %d" % i).digest() for i in range(8)]
    leaves[5] = hashlib.sha256(b"\0" + body).digest()

    def node(left, right):
        return hashlib.sha256(b"\1" + left + right).digest()

    pairs = [node(leaves[i], leaves[i + 1]) for i in range(0, 8, 2)]
    halves = [node(pairs[0], pairs[1]), node(pairs[2], pairs[3])]
    root = node(*halves)
    proof = [leaves[4], pairs[3], halves[0]]
    note = f"log.example - 1\n8\n{b64(root)}\n"
    checkpoint = (
        f"{note}\n\u2014 log.example {b64(log_id[:4] + ecdsa(log, note.encode()))}\n"
    )
    bundle = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "publicKey": {
                "hint": b64(hashlib.sha256(spki(builder, serialization.Encoding.DER)).digest())
            },
            "tlogEntries": [
                {
                    "logIndex": str(r["log_index"]),
                    "logId": {"keyId": b64(log_id)},
                    "kindVersion": {"kind": "dsse", "version": "0.0.1"},
                    "integratedTime": str(integrated),
                    "inclusionPromise": {"signedEntryTimestamp": b64(ecdsa(log, promise))},
                    "inclusionProof": {
                        "logIndex": "5",
                        "rootHash": b64(root),
                        "treeSize": "8",
                        "hashes": [b64(h) for h in proof],
                        "checkpoint": {"envelope": checkpoint},
                    },
                    "canonicalizedBody": b64(body),
                }
            ],
        },
        "dsseEnvelope": envelope,
    }
    write_json(r["dir"] / "attestation" / "provenance.sigstore.json", bundle, indent=1)
    write("attestation/builder.pub.pem", spki(builder, serialization.Encoding.PEM))
    write("attestation/log.pub.pem", spki(log, serialization.Encoding.PEM))


# ------------------------------------------------------------------------------ the security gates


ADVISORY = {  # public advisory: a MEDIUM finding, so that the counts are counted from something
    "ghsa": "GHSA-wcg3-cvx6-7396",
    "rustsec": "RUSTSEC-2020-0071",
    "cve": "CVE-2020-26235",
    "vector": "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    "score": "6.2",
    "title": "Potential segfault in the time crate",
}


def osv_scanner(r):
    """OSV-Scanner 1.8.5, `osv-scanner --format json --lockfile Cargo.lock`: exit 1, one finding."""
    a = ADVISORY

    def record(identifier, aliases):
        return {
            "modified": "2024-06-07T18:22:03Z",
            "published": "2021-08-25T20:56:46Z",
            "schema_version": "1.6.0",
            "id": identifier,
            "aliases": aliases,
            "summary": a["title"],
            "affected": [
                {
                    "package": {
                        "ecosystem": "crates.io",
                        "name": "time",
                        "purl": "pkg:cargo/time",
                    },
                    "ranges": [
                        {
                            "type": "SEMVER",
                            "events": [{"introduced": "0.1.0"}, {"fixed": "0.2.23"}],
                        }
                    ],
                }
            ],
            "severity": [{"type": "CVSS_V3", "score": a["vector"]}],
        }

    write_json(
        r["dir"] / "osv-scanner" / "report.json",
        {
            "results": [
                {
                    "source": {"path": "/src/jouledb/Cargo.lock", "type": "lockfile"},
                    "packages": [
                        {
                            "package": {
                                "name": "time",
                                "version": "0.1.45",
                                "ecosystem": "crates.io",
                            },
                            "vulnerabilities": [
                                record(a["ghsa"], [a["cve"], a["rustsec"]]),
                                record(a["rustsec"], [a["cve"], a["ghsa"]]),
                            ],
                            "groups": [
                                {
                                    "ids": [a["ghsa"], a["rustsec"]],
                                    "aliases": [a["cve"], a["ghsa"], a["rustsec"]],
                                    "max_severity": a["score"],
                                }
                            ],
                        }
                    ],
                }
            ],
            "experimental_config": {"licenses": {"summary": False, "allowlist": None}},
        },
    )
    # 46 crates and the workspace's own package.
    write(
        r["dir"] / "osv-scanner" / "stderr.txt",
        "Scanned /src/jouledb/Cargo.lock file and found 47 packages\n",
    )
    write(r["dir"] / "osv-scanner" / "exit-code.txt", "1\n")
    write(
        r["dir"] / "osv-scanner" / "version.txt",
        "osv-scanner version: 1.8.5\ncommit: n/a\nbuilt at: n/a\n",
    )


def trivy(r):
    """Trivy 0.55.2, `trivy image -f json`, and `trivy version -f json`, which 0.55 keeps apart."""
    a = ADVISORY
    layer = {"Digest": "", "DiffID": r["image"]["diff_ids"][-1]}
    packages = [
        {
            "ID": f"{name}@{version}",
            "Name": name,
            "Identifier": {"PURL": f"pkg:cargo/{name}@{version}", "UID": checksum[:16]},
            "Version": version,
            "Layer": {"DiffID": layer["DiffID"]},
        }
        for name, version, checksum in crates(r["release"])
    ]
    uid = next(p["Identifier"]["UID"] for p in packages if p["Name"] == "time")
    write_json(
        r["dir"] / "trivy" / "report.json",
        {
            "SchemaVersion": 2,
            "CreatedAt": rfc3339(r["gates"])[:-1] + ".418266103Z",
            "ArtifactName": f"images.example/{r['name']}@{r['image']['digest']}",
            "ArtifactType": "container_image",
            "Metadata": {
                "ImageID": r["image"]["config"],
                "DiffIDs": r["image"]["diff_ids"],
                "RepoTags": [f"images.example/{r['name']}:{r['release']}"],
                "RepoDigests": [f"images.example/{r['name']}@{r['image']['digest']}"],
                "ImageConfig": r["image"]["image_config"],
            },
            "Results": [
                {
                    "Target": f"app/{r['name']}",
                    "Class": "lang-pkgs",
                    "Type": "rustbinary",
                    "Packages": packages,
                    "Vulnerabilities": [
                        {
                            "VulnerabilityID": a["cve"],
                            "PkgID": "time@0.1.45",
                            "PkgName": "time",
                            "PkgIdentifier": {"PURL": "pkg:cargo/time@0.1.45", "UID": uid},
                            "InstalledVersion": "0.1.45",
                            "FixedVersion": ">=0.2.23",
                            "Status": "fixed",
                            "Layer": {"DiffID": layer["DiffID"]},
                            "SeveritySource": "ghsa",
                            "PrimaryURL": f"https://avd.aquasec.com/nvd/{a['cve'].lower()}",
                            "DataSource": {
                                "ID": "ghsa",
                                "Name": "GitHub Security Advisory Rust",
                                "URL": "https://github.com/advisories?query=type%3Areviewed+ecosystem%3Arust",
                            },
                            "Title": a["title"],
                            "Severity": "MEDIUM",
                            "CweIDs": ["CWE-476"],
                            "VendorSeverity": {"ghsa": 2},
                            "CVSS": {"ghsa": {"V3Vector": a["vector"], "V3Score": 6.2}},
                            "PublishedDate": "2020-11-24T22:15:11.117Z",
                            "LastModifiedDate": "2023-11-07T03:20:32.63Z",
                        }
                    ],
                }
            ],
        },
    )
    updated = r["gates"] - 4 * 3600 - 1740
    write_json(
        r["dir"] / "trivy" / "version.json",
        {
            "Version": "0.55.2",
            "VulnerabilityDB": {
                "Version": 2,
                "NextUpdate": rfc3339(updated + 6 * 3600),
                "UpdatedAt": rfc3339(updated),
                "DownloadedAt": rfc3339(r["gates"] - 95),
            },
        },
    )


# -------------------------------------------------------------- Argo Rollouts 1.7.2, Kubernetes 1.31

# The owner's list begins with pause(2m) and leaves out the setWeight(5) that it pauses at. An
# analysis ends each step: "p99 and 5xx at each step". The pauses are 8 of the 12 minutes, the
# four analyses of one minute each are the rest.
STEPS = [
    {"setWeight": 5},
    {"pause": {"duration": "2m"}},
    {"analysis": {"templates": [{"templateName": "prometheus-slo-burn"}]}},
    {"setWeight": 25},
    {"pause": {"duration": "3m"}},
    {"analysis": {"templates": [{"templateName": "prometheus-slo-burn"}]}},
    {"setWeight": 50},
    {"pause": {"duration": "3m"}},
    {"analysis": {"templates": [{"templateName": "prometheus-slo-burn"}]}},
    {"setWeight": 100},
    {"analysis": {"templates": [{"templateName": "prometheus-slo-burn"}]}},
]

P99_QUERY = (
    'histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket'
    '{service="%s",rollouts_pod_template_hash="%s"}[1m])))'
)
ERROR_QUERY = (
    'sum(rate(http_requests_total{service="%s",rollouts_pod_template_hash="%s",'
    'code=~"5.."}[1m])) / sum(rate(http_requests_total{service="%s",'
    'rollouts_pod_template_hash="%s"}[1m]))'
)


def argo(r):
    ns = name = r["name"]
    steps = r.get("steps", STEPS)
    canary, stable, start = r["pod_hash"], r["stable_hash"], r["canary"]
    rollout_uid = uuid(f"rollout {name}")
    owner = {
        "apiVersion": "argoproj.io/v1alpha1",
        "blockOwnerDeletion": True,
        "controller": True,
        "kind": "Rollout",
        "name": name,
        "uid": rollout_uid,
    }
    events, runs = [], []

    def event(seconds, reason, message, obj=None, kind="Normal"):
        obj = obj or {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "name": name,
            "namespace": ns,
            "resourceVersion": str(r["resource_version"] + len(events) * 7),
            "uid": rollout_uid,
        }
        label = f"{r['release']} {len(events)} {reason}"
        events.append(
            {
                "apiVersion": "v1",
                "count": 1,
                "eventTime": None,
                "firstTimestamp": rfc3339(seconds),
                "involvedObject": obj,
                "kind": "Event",
                "lastTimestamp": rfc3339(seconds),
                "message": message,
                "metadata": {
                    "creationTimestamp": rfc3339(seconds),
                    "name": f"{obj['name']}.{sha256(label.encode())[:16]}",
                    "namespace": ns,
                    "resourceVersion": str(r["resource_version"] + 3 + len(events) * 7),
                    "uid": uuid(label),
                },
                "reason": reason,
                "reportingComponent": "rollouts-controller",
                "reportingInstance": "",
                "source": {"component": "rollouts-controller"},
                "type": kind,
            }
        )

    def done(seconds, index, what):
        event(
            seconds,
            "RolloutStepCompleted",
            f"Rollout step {index + 1}/{len(steps)} completed ({what})",
        )

    revision = r["revision"]
    event(start - 21, "RolloutUpdated", f"Rollout updated to revision {revision}")
    event(
        start - 21,
        "NewReplicaSetCreated",
        f"Created ReplicaSet {name}-{canary} (revision {revision})",
    )
    event(
        start - 20,
        "ScalingReplicaSet",
        f"Scaled up ReplicaSet {name}-{canary} (revision {revision}) from 0 to 2",
    )
    event(
        start - 20,
        "RolloutNotCompleted",
        f"Rollout not completed, started update to revision {revision} ({canary})",
    )
    now, weight = start, 0
    for index, step in enumerate(steps):
        if "setWeight" in step:
            event(
                now,
                "TrafficWeightUpdated",
                f"Traffic weight updated from {weight} to {step['setWeight']}",
            )
            weight = step["setWeight"]
            done(now, index, f"setWeight: {weight}")
        elif "pause" in step:
            duration = step["pause"]["duration"]
            event(now, "RolloutPaused", "Rollout is paused")
            now += 60 * int(duration[:-1])
            done(now, index, f"pause: {duration}")
            event(now, "RolloutResumed", "Rollout is resumed")
        else:
            failed = "failed_metrics" in r
            run = analysis_run(r, index, weight, now, owner)
            runs.append(run)
            ref = {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "AnalysisRun",
                "name": run["metadata"]["name"],
                "namespace": ns,
                "resourceVersion": run["metadata"]["resourceVersion"],
                "uid": run["metadata"]["uid"],
            }
            text = f"Step Analysis Run '{run['metadata']['name']}' Status New: '%s' Previous: '%s'"
            event(now, "AnalysisRunRunning", text % ("Running", ""))
            now = at(run["status"]["completedAt"])
            for metric in run["status"]["metricResults"]:
                event(
                    now,
                    f"Metric{metric['phase']}",
                    f"Metric '{metric['name']}' Completed. Result: {metric['phase']}",
                    ref,
                    "Warning" if metric["phase"] == "Failed" else "Normal",
                )
            phase = run["status"]["phase"]
            kind = "Warning" if failed else "Normal"
            event(now, f"AnalysisRun{phase}", f"Analysis Completed. Result: {phase}", ref, kind)
            event(now, f"AnalysisRun{phase}", text % (phase, "Running"), None, kind)
            if failed:
                break
            done(now, index, "analysis")
    end = now
    promoted = [
        {
            "lastTransitionTime": rfc3339(end),
            "lastUpdateTime": rfc3339(end),
            "message": "Rollout is healthy",
            "reason": "RolloutHealthy",
            "status": "True",
            "type": "Healthy",
        },
        {
            "lastTransitionTime": rfc3339(end),
            "lastUpdateTime": rfc3339(end),
            "message": "RolloutCompleted",
            "reason": "RolloutCompleted",
            "status": "True",
            "type": "Completed",
        },
        {
            "lastTransitionTime": rfc3339(start - 21),
            "lastUpdateTime": rfc3339(end),
            "message": f'ReplicaSet "{name}-{canary}" has successfully progressed.',
            "reason": "NewReplicaSetAvailable",
            "status": "True",
            "type": "Progressing",
        },
    ]
    if failed:
        # An abort sends all traffic back at once and begins the steps anew.
        message = (
            f"Rollout aborted update to revision {revision}: Step-based analysis phase error/failed: "
            f'Metric "{r["failed_metrics"][0]}" assessed Failed due to failed (1) > failureLimit (0)'
        )
        event(end, "RolloutAborted", message, None, "Warning")
        event(end, "TrafficWeightUpdated", f"Traffic weight updated from {weight} to 0")
        outcome = {
            "abort": True,
            "abortedAt": rfc3339(end),
            "currentStepIndex": 0,
            "message": f"RolloutAborted: {message}",
            "phase": "Degraded",
            "stableRS": stable,
            "updatedReplicas": 2,
        }
        promoted = [
            {
                "lastTransitionTime": rfc3339(end),
                "lastUpdateTime": rfc3339(end),
                "message": message,
                "reason": "RolloutAborted",
                "status": "False",
                "type": "Progressing",
            }
        ]
    else:
        event(
            end,
            "RolloutCompleted",
            f"Rollout completed update to revision {revision} ({canary}): Completed all "
            f"{len(steps)} canary steps",
        )
        # Once promoted, the stable side is the new ReplicaSet; the canary side carries nothing.
        event(end, "TrafficWeightUpdated", "Traffic weight updated from 100 to 0")
        assert end - start == 12 * 60
        outcome = {
            "currentStepIndex": len(steps),
            "phase": "Healthy",
            "stableRS": canary,
            "updatedReplicas": 20,
        }

    generation = r["generation"]
    rollout = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {
            "annotations": {"rollout.argoproj.io/revision": str(revision)},
            "creationTimestamp": "2025-11-03T08:12:44Z",
            "generation": generation,
            "labels": {"app.kubernetes.io/name": name, "app.kubernetes.io/version": r["release"]},
            "name": name,
            "namespace": ns,
            "resourceVersion": str(r["resource_version"] + 400),
            "uid": rollout_uid,
        },
        "spec": {
            "progressDeadlineSeconds": 600,
            "replicas": 20,
            "revisionHistoryLimit": 5,
            "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
            "strategy": {
                "canary": {
                    "canaryService": f"{name}-canary",
                    "stableService": f"{name}-stable",
                    "steps": steps,
                    "trafficRouting": {
                        "istio": {"virtualService": {"name": name, "routes": ["primary"]}}
                    },
                }
            },
            "template": {
                "metadata": {"labels": {"app.kubernetes.io/name": name}},
                "spec": {
                    "containers": [
                        {
                            "image": f"images.example/{name}@{r['image']['digest']}",
                            "name": name,
                            "ports": [{"containerPort": 8080, "name": "http"}],
                            "resources": {"requests": {"cpu": "500m", "memory": "512Mi"}},
                        }
                    ]
                },
            },
        },
        "status": {
            "HPAReplicas": 20,
            "availableReplicas": 20,
            "blueGreen": {},
            "canary": {
                "weights": {
                    "canary": {
                        "podTemplateHash": canary,
                        "serviceName": f"{name}-canary",
                        "weight": 0,
                    },
                    "stable": {
                        "podTemplateHash": outcome["stableRS"],
                        "serviceName": f"{name}-stable",
                        "weight": 100,
                    },
                }
            },
            "conditions": [
                {
                    "lastTransitionTime": "2025-11-03T08:14:02Z",
                    "lastUpdateTime": "2025-11-03T08:14:02Z",
                    "message": "Rollout has minimum availability",
                    "reason": "AvailableReason",
                    "status": "True",
                    "type": "Available",
                },
                *promoted,
            ],
            "currentPodHash": canary,
            "currentStepHash": sha256(b"steps")[:8].replace("0", "b"),
            "observedGeneration": str(generation),
            "readyReplicas": 20,
            "replicas": 20,
            "selector": f"app.kubernetes.io/name={name}",
            **outcome,
        },
    }
    write_yaml(r["dir"] / "argo-rollouts" / "rollout.yaml", rollout)
    listing = {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}}
    write_json(r["dir"] / "argo-rollouts" / "analysisruns.json", {**listing, "items": runs})
    write_json(r["dir"] / "argo-rollouts" / "events.json", {**listing, "items": events})


def analysis_run(r, index, weight, start, owner):
    """One inline AnalysisRun: measurements of two metrics, twenty seconds apart.

    Three of each, unless a metric fails: with a failureLimit of 0 its first failure ends the run.
    """
    canary, failed = r["pod_hash"], r.get("failed_metrics", ())
    took = r.get("took", 0)
    p99 = P99_QUERY % (r["name"], canary)
    errors = ERROR_QUERY % (r["name"], canary, r["name"], canary)
    p99_values, error_values = r["measured"][weight]

    def result(name, query, values):
        phase = "Failed" if name in failed else "Successful"
        return {
            "count": len(values),
            phase.lower(): len(values),
            "measurements": [
                {
                    "finishedAt": rfc3339(start + 20 * (i + 1) + took),
                    "phase": phase,
                    "startedAt": rfc3339(start + 20 * (i + 1)),
                    "value": f"[{value}]",
                }
                for i, value in enumerate(values)
            ],
            "metadata": {"ResolvedPrometheusQuery": query},
            "name": name,
            "phase": phase,
        }

    def metric(name, query, condition):
        return {
            "count": 3,
            "failureLimit": 0,
            "initialDelay": "20s",
            "interval": "20s",
            "name": name,
            "provider": {
                "prometheus": {"address": "http://prometheus.monitoring.svc:9090", "query": query}
            },
            "successCondition": condition,
        }

    if failed:
        status = {
            "message": f'Metric "{failed[0]}" assessed Failed due to failed (1) > failureLimit (0)',
            "phase": "Failed",
            "runSummary": {"count": 2, "failed": 2},
        }
    else:
        status = {"phase": "Successful", "runSummary": {"count": 2, "successful": 2}}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisRun",
        "metadata": {
            "annotations": {"rollout.argoproj.io/revision": str(r["revision"])},
            "creationTimestamp": rfc3339(start),
            "generation": 5,
            "labels": {
                "rollout-type": "Step",
                "rollouts-pod-template-hash": canary,
                "step-index": str(index),
            },
            "name": f"{r['name']}-{canary}-{r['revision']}-{index}",
            "namespace": r["name"],
            "ownerReferences": [owner],
            "resourceVersion": str(r["resource_version"] + 200 + index),
            "uid": uuid(f"{r['release']} analysis {index}"),
        },
        "spec": {
            "metrics": [
                metric("p99-latency", p99, "result[0] <= 0.090"),
                metric("error-rate", errors, "result[0] <= 0.01"),
            ]
        },
        "status": {
            "completedAt": rfc3339(start + 20 * len(p99_values) + took),
            "dryRunSummary": {},
            "metricResults": [
                result("p99-latency", p99, p99_values),
                result("error-rate", errors, error_values),
            ],
            "startedAt": rfc3339(start),
            **status,
        },
    }


# ------------------------------------------------------------------- Prometheus 2.55.1, its HTTP API

BOUNDS = (5, 10, 20, 40, 60, 70, 80, 83, 85, 87, 90, 95, 100, 250, 500, 1000)  # ms
LOWER = {5: 0.04, 10: 0.13, 20: 0.36, 40: 0.69, 60: 0.87, 70: 0.93}


def le(bound):
    return "+Inf" if bound is None else repr(bound / 1000)


def histogram(total, p99_ms, per_ms):
    """Cumulative counts whose interpolated 0.99 quantile is p99_ms exactly.

    Between 80 and 95 ms the counts rise by `per_ms` a millisecond, through rank 0.99 * total at
    p99_ms; `total` is a multiple of 100, so that the rank is a whole number.
    """
    assert total % 100 == 0 and 80 < p99_ms < 95
    rank, tail = total * 99 // 100, total // 100
    counts = {}
    for bound in BOUNDS:
        if bound < 80:
            counts[bound] = int(total * LOWER[bound])
        elif bound <= 95:
            counts[bound] = rank + (bound - p99_ms) * per_ms
        else:
            share = {100: 80, 250: 97, 500: 99, 1000: 100}[bound]
            counts[bound] = rank + tail * share // 100
    counts[None] = total
    values = list(counts.values())
    assert values == sorted(values) and values[0] > 0
    return counts


def answer(kind, result):
    return compact({"status": "success", "data": {"resultType": kind, "result": result}}) + b"\n"


def prometheus(r):
    d = r["dir"] / "prometheus"
    start, end = r["canary"], r["canary"] + 720
    files = {}

    def vector(name, rows, when=end):
        files[name] = answer(
            "vector", [{"metric": labels, "value": [when, str(value)]} for labels, value in rows]
        )

    def matrix(name, rows, times):
        files[name] = answer(
            "matrix",
            [
                {"metric": labels, "values": [[t, str(v)] for t, v in zip(times, values)]}
                for labels, values in rows
            ],
        )

    files["buildinfo.json"] = compact(
        {
            "status": "success",
            "data": {
                "version": "2.55.1",
                "revision": "6d7569113f1ca814f1e149f74176656540043b8d",
                "branch": "HEAD",
                "buildUser": "root@example",
                "buildDate": "20241104-10:46:05",
                "goVersion": "go1.23.2",
            },
        }
    ) + b"\n"

    # The canary, over its twelve minutes: counts at the end minus counts at the start.
    canary = histogram(r["requests"], r["p99_ms"], 80)
    vector("canary-buckets.json", [({"le": le(b)}, n) for b, n in canary.items()])
    vector("canary-requests.json", [({}, r["requests"])])
    vector("canary-errors.json", [({"code": "500"}, r["errors"][0]), ({"code": "503"}, r["errors"][1])])

    # The baseline while it still had traffic: eleven windows of a minute.
    times = [start + 60 * i for i in range(12)]
    windows = [histogram(n, p99, 10) for n, p99 in zip(r["baseline"], r["baseline_p99_ms"])]
    rows = []
    for bound in (*BOUNDS, None):
        counter = [40_000_000 + (bound or 2000) * 1000]
        for window in windows:
            counter.append(counter[-1] + window[bound])
        rows.append(({"le": le(bound)}, counter))
    matrix("baseline-buckets.json", rows, times)
    for name, first, steps in (
        ("baseline-requests.json", 42_000_000, r["baseline"]),
        ("baseline-errors.json", 91_406, r["baseline_errors"]),
    ):
        counter = [first]
        for step in steps:
            counter.append(counter[-1] + step)
        matrix(name, [({}, counter)], times)

    # The whole service, canary and baseline, for the windows of the burn-rate alerts.
    burn = {"5m": (200_880, 438), "30m": (1_205_290, 2_652), "1h": (2_410_600, 5_327),
            "6h": (14_463_500, 32_109), "3d": (173_560_300, 381_833)}
    for window, (total, bad) in burn.items():
        vector(f"service-requests-{window}.json", [({}, total + r["salt"])])
        vector(f"service-errors-{window}.json", [({}, bad)])

    pod, stable = r["pod_hash"], r["stable_hash"]
    selector = f'{{service="jouledb",rollouts_pod_template_hash="{pod}"'
    base = f'{{service="jouledb",rollouts_pod_template_hash="{stable}"'

    def grown(series, window):
        return f"{series} - {series} offset {window}"

    def query(role, file, text, **more):
        return {"role": role, "file": file, "query": text, **more}

    bucket, total = "http_request_duration_seconds_bucket", "http_requests_total"
    queries = [
        query("buildinfo", "buildinfo.json", "/api/v1/status/buildinfo"),
        query("canary_buckets", "canary-buckets.json",
              f"sum by (le) ({grown(bucket + selector + '}', '12m')})"),
        query("canary_requests", "canary-requests.json",
              f"sum({grown(total + selector + '}', '12m')})"),
        query("canary_errors", "canary-errors.json",
              "sum by (code) (" + grown(total + selector + ',code=~"5.."}', "12m") + ")"),
        query("baseline_buckets", "baseline-buckets.json", f"sum by (le) ({bucket}{base}}})"),
        query("baseline_requests", "baseline-requests.json", f"sum({total}{base}}})"),
        query("baseline_errors", "baseline-errors.json", f'sum({total}{base},code=~"5.."}})'),
    ]
    for window in burn:
        service = '{service="jouledb"'
        queries.append(query("burn_total", f"service-requests-{window}.json",
                             f"sum({grown(total + service + '}', window)})", window=window))
        queries.append(query("burn_bad", f"service-errors-{window}.json",
                             "sum(" + grown(total + service + ',code=~"5.."}', window) + ")",
                             window=window))
    for name, body in files.items():
        write(d / name, body)
    write_json(
        d / "plan.json",
        {
            "jwp": "prometheus-plan/1",
            "window": {"from": start, "to": end},
            "slo": "0.99",
            "quantile": "0.99",
            "abort_threshold": {"p99_increase": "0.10", "error_rate": "0.01"},
            "burn": [
                {"long": "1h", "short": "5m", "factor": "14.4"},
                {"long": "6h", "short": "30m", "factor": "6"},
                {"long": "3d", "short": "6h", "factor": "1"},
            ],
            "queries": queries,
        },
    )


def real_plan():
    """Which real answers of Prometheus 2.42 stand for what: the API does not echo the query.

    The counters began at 0 with the exporter, 229 ticks before the sample: what they show is their
    increase since then. The burn rates are ratios that the server computed.
    """
    sample = 1795418242
    counters = "http_requests_total @ end()"
    queries = [
        {"role": "buildinfo", "file": "api-status-buildinfo.json",
         "query": "/api/v1/status/buildinfo"},
        {"role": "canary_buckets", "file": "native-histogram-sample.json",
         "query": 'native_request_duration_seconds{track="canary"}'},
        {"role": "canary_requests", "file": "at-modifier.json", "query": counters,
         "select": {"track": "canary"}},
        {"role": "canary_errors", "file": "at-modifier.json", "query": counters,
         "select": {"track": "canary", "code": "5xx"}},
    ]
    for window in ("5m", "30m", "1h", "6h", "3d"):
        series = 'sum by (track)(rate(http_requests_total{instance=""%s}[' + window + "]))"
        queries.append(
            {"role": "burn_ratio", "file": f"burn-{window}.json", "window": window,
             "query": (series % ',code=~"5.."') + " / " + (series % "") + " / 0.001",
             "select": {"track": "canary"}})
    write_json(
        "../real/prometheus/plan.json",
        {
            "jwp": "prometheus-plan/1",
            "window": {"from": sample - 229, "to": sample + 2},
            "slo": "0.999",
            "quantile": "0.99",
            "burn": [
                {"long": "1h", "short": "5m", "factor": "14.4"},
                {"long": "6h", "short": "30m", "factor": "6"},
                {"long": "3d", "short": "6h", "factor": "1"},
            ],
            "queries": queries,
        },
    )


# --------------------------------------------- the flag: flagd's definition, OpenFeature's telemetry

EVALUATIONS = {"on": 24_106, "off": 458_010}  # 482,116 in all


def flag(r):
    d, end = r["dir"] / "flag", r["canary"] + 720
    write_json(
        d / "flags.json",
        {
            "$schema": "https://flagd.dev/schema/v0/flags.json",
            "flags": {
                "jouledb-fast-path": {
                    "state": "ENABLED",
                    "variants": {"on": True, "off": False},
                    "defaultVariant": "off",
                    "targeting": {
                        "fractional": [
                            {"cat": [{"var": "$flagd.flagKey"}, {"var": "targetingKey"}]},
                            ["on", 5],
                            ["off", 95],
                        ]
                    },
                }
            },
            "metadata": {"flagSetId": "prod/jouledb", "version": r["flag_version"]},
        },
    )

    def series(variant, count):
        return {
            "metric": {
                "__name__": "feature_flag_evaluation_success_total",
                "key": "jouledb-fast-path",
                "provider_name": "flagd",
                "reason": "targeting_match",
                "variant": variant,
            },
            "value": [end, str(count)],
        }

    counts = EVALUATIONS | {"off": EVALUATIONS["off"] - r["salt"]}
    write(d / "evaluations.json", answer("vector", [series(*row) for row in counts.items()]))
    # p99 in the middle of the bucket (0.5 ms, 0.7 ms].
    total = sum(counts.values())
    rank = total * 99 // 100
    latency = {"0.0001": total // 3, "0.0002": total * 3 // 4, "0.0003": total * 9 // 10,
               "0.0005": rank - 1900, "0.0007": rank + 1902, "0.001": total - 412,
               "0.0025": total - 37, "0.005": total, "+Inf": total}
    rows = [{"metric": {"le": bound}, "value": [end, str(n)]} for bound, n in latency.items()]
    write(d / "latency.json", answer("vector", rows))


# ------------------------------------------------------------ the event stream: CDEvents, CloudEvents

FROM = at("2026-04-07T00:00:00Z")  # to 2026-05-07T00:00:00Z: 30 days
DEPLOYMENTS, ROLLED_BACK = 345, (41, 107, 169, 233, 304)


def cdevents(previous_image, previous_deployed):
    """The delivery events of 31 days in structured CloudEvents, one a line, in order of time.

    In the 30 days of this release's snapshot: 345 deployments to prod, each of one change; five of
    them rolled back; no incident opened. The middle one of the 345 lead times is 38 minutes. Every
    fifteenth deployment is seen in staging first. The day before belongs to the window of the
    previous release's snapshot.
    """
    per_day = {-1: 11} | {day: 11 if day % 2 else 12 for day in range(30)}
    deployed = []
    for day, count in per_day.items():
        slot = 15 * 3600 // count
        for i in range(count):
            # 05:00 to 20:00, one in every slot, never closer than a third of a slot.
            jitter = pseudo(f"deploy {day} {i}", slot * 2 // 3)
            deployed.append(FROM + day * 86400 + 5 * 3600 + i * slot + jitter)
    before = per_day[-1]
    assert len(deployed) == DEPLOYMENTS + before
    # The last of the window is the release before this one.
    assert deployed[-2] < previous_deployed < deployed[-1] + 3600
    deployed[-1] = previous_deployed
    # Lead times: 172 below 38 minutes, one of 38 minutes, 172 above, in no order of time.
    leads = [9 * 60 + pseudo(f"short {i}", 29 * 60 - 1) for i in range(172)]
    leads += [38 * 60]
    leads += [38 * 60 + 1 + pseudo(f"long {i}", 140 * 60) for i in range(172)]
    leads.sort(key=lambda lead: sha256(f"order {lead}".encode()))
    leads = [12 * 60 + pseudo(f"before {i}", 60 * 60) for i in range(before)] + leads
    lines = []

    def emit(seconds, kind, subject, content):
        lines.append((seconds, kind, subject, content))

    def artifact(i):
        digest = sha256(f"example artifact {i}".encode())
        if i == len(deployed) - 1:
            digest = previous_image.removeprefix("sha256:")
        return f"pkg:oci/jouledb@sha256%3A{digest}"

    for i, when in enumerate(deployed):
        chain = uuid(f"chain {i}")
        change = f"change/{4100 + i}"
        live = {"environment": {"id": "prod"}, "artifactId": artifact(i)}
        emit(when - leads[i], "change.merged", change, (chain, {
            "repository": {"id": "jouledb/jouledb", "source": "https://git.example"}}))
        emit(when - min(400, leads[i] // 2), "artifact.packaged", artifact(i), (chain, {
            "change": {"id": change, "source": "/jouledb/cd"}}))
        if i % 15 == 0:
            emit(when - 180, "service.deployed", "service/jouledb", (chain, {
                "environment": {"id": "staging"}, "artifactId": artifact(i)}))
        emit(when, "service.deployed", "service/jouledb", (chain, live))
        if i - before in ROLLED_BACK:
            # What is live after it: the artifact before.
            emit(when + 360 + pseudo(f"back {i}", 300), "service.rolledback", "service/jouledb",
                 (chain, live | {"artifactId": artifact(i - 1)}))
    lines.sort(key=lambda line: line[0])
    out = []
    for n, (seconds, kind, subject, (chain, content)) in enumerate(lines):
        identifier, time = f"jdb-{n + 1:06}", rfc3339(seconds)
        event_type = f"dev.cdevents.{kind}.0.3.0"
        out.append(compact({
            "specversion": "1.0",
            "id": identifier,
            "source": "/jouledb/cd",
            "type": event_type,
            "time": time,
            "subject": subject,
            "datacontenttype": "application/json",
            "data": {
                "context": {
                    "specversion": "0.6.0-draft",
                    "id": identifier,
                    "chainId": chain,
                    "source": "/jouledb/cd",
                    "type": event_type,
                    "timestamp": time,
                },
                "subject": {"id": subject, "source": "/jouledb/cd", "content": content},
            },
        }))
    write("cdevents/stream.jsonl", b"\n".join(out) + b"\n")


# ---------------------------------------------------------------------------------------- the release


def main():
    release = {
        "dir": pathlib.Path("."),
        "name": "jouledb",
        "release": "v2026.05.07",
        "image": image("oci/buildah-7layer"),
        "commit": "abc123de" + sha256(b"jouledb v2026.05.07")[:32],
        "run": 88214,
        "log_index": LOG_INDEX,
        "build": at("2026-05-07T08:58:12Z"),
        "gates": at("2026-05-07T09:11:30Z"),
        "canary": at("2026-05-07T09:30:00Z"),
        "pod_hash": "6d8f7c95b4",
        "stable_hash": "57c9d6bf8d",
        "revision": 128,
        "generation": 341,
        "resource_version": 91840000,
        "measured": {  # per weight: p99 in seconds, 5xx ratio, as Prometheus prints them
            5: (["0.0846", "0.0843", "0.084"], ["0.0022", "0.0021", "0.0021"]),
            25: (["0.0839", "0.0842", "0.084"], ["0.0022", "0.0021", "0.0021"]),
            50: (["0.0838", "0.0841", "0.084"], ["0.0021", "0.002", "0.0021"]),
            100: (["0.0839", "0.0841", "0.084"], ["0.002", "0.0021", "0.0021"]),
        },
        "requests": 170_000,
        "errors": (214, 143),  # 357 of 170,000: 0.0021
        "p99_ms": 84,
        "baseline": [37_800] * 3 + [29_800] * 4 + [19_900] * 3 + [19_800],
        "baseline_p99_ms": [87, 85, 89, 83, 87, 88, 86, 91, 85, 89, 87],  # mean 87
        "baseline_errors": [85, 92, 83, 68, 71, 66, 64, 46, 43, 47, 44],
        "salt": 0,
        "flag_version": "v7",
    }
    # The release before it: its chain gives the seal that the rollback envelope names. Its figures
    # are nobody's; the documents have the same shapes.
    previous = release | {
        "dir": pathlib.Path("previous"),
        "release": "v2026.05.06",
        "image": image("oci/buildah-multiarch"),
        "commit": sha256(b"jouledb v2026.05.06")[:40],
        "run": 88107,
        "log_index": 17391506,
        "build": at("2026-05-06T18:31:40Z"),
        "gates": at("2026-05-06T18:44:05Z"),
        "canary": at("2026-05-06T19:05:00Z"),
        "pod_hash": "57c9d6bf8d",
        "stable_hash": "7f5b4c9d66",
        "revision": 127,
        "generation": 338,
        "resource_version": 91520000,
        "measured": {
            weight: (["0.0868", "0.0872", "0.087"], ["0.0023", "0.0022", "0.0022"])
            for weight in (5, 25, 50, 100)
        },
        "requests": 160_000,
        "errors": (220, 132),
        "p99_ms": 86,
        "baseline_p99_ms": [88, 86, 90, 84, 88, 89, 87, 92, 86, 90, 88],
        "salt": 3_117,
        "flag_version": "v6",
    }
    for r in (release, previous):
        attestation(r)
        osv_scanner(r)
        trivy(r)
        argo(r)
        prometheus(r)
        flag(r)
    cdevents(previous["image"]["digest"], previous["canary"] + 720)
    # `canary -- real`: no Argo Rollouts ran here, so the abort that the real Prometheus answers
    # call for is hand-made. Its measurements are those answers: canary p99 1.025 s (`p99-live`)
    # and 5xx ratio 0.0576 (`error-ratio`) at 07:17:22.
    real = {
        "dir": pathlib.Path("../real"),
        "steps": [STEPS[0], {"pause": {"duration": "4m"}}, *STEPS[2:]],
        "took": 2,
        "name": "demo",
        "release": "7l",
        "image": release["image"],
        "gates": at("2026-11-23T06:52:10Z"),
        "canary": at("2026-11-23T07:13:02Z"),
        "pod_hash": "5c6b8d7f94",
        "stable_hash": "84f7c9d5b6",
        "revision": 31,
        "generation": 62,
        "resource_version": 1204000,
        "failed_metrics": ("p99-latency", "error-rate"),
        "measured": {5: (["1.0250000000000052"], ["0.0576271186440678"])},
    }
    argo(real)
    # No Trivy either; a report of that day, for a database half a year old would be no evidence.
    trivy(real)
    real_plan()


if __name__ == "__main__":
    main()
