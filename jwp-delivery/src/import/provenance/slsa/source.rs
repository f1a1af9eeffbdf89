//! The one dependency that a build was made of: its source, and the commit.

use std::collections::BTreeSet;

use super::ResourceDescriptor;
use crate::{
    import::{ImportError, fault},
    kind::is_object_name,
};

/// The one dependency that is a source: a Git URI, or a digest that only Git has, with its commit.
pub(super) fn only(dependencies: &[ResourceDescriptor]) -> Result<(String, String), ImportError> {
    let place = "payload/predicate/buildDefinition/resolvedDependencies";
    /// Package URLs of sources; actions of a workflow have them too.
    const HOSTS: [&str; 3] = ["pkg:bitbucket/", "pkg:github/", "pkg:gitlab/"];
    // Listed twice with the same commit, a source is one.
    let (mut sources, mut hosted, mut others) = (BTreeSet::new(), BTreeSet::new(), 0_usize);
    for dependency in dependencies {
        let Some(uri) = &dependency.uri else { continue };
        // BuildKit writes `https://host/path.git#ref`.
        let path = uri.split('#').next().unwrap_or_default();
        let git = uri.starts_with("git+")
            || uri.starts_with("git://")
            || (uri.starts_with("https://") && path.ends_with(".git"));
        let digest = |name| {
            dependency
                .digest
                .as_ref()
                .and_then(|digest| digest.get(name))
        };
        let (commit, sha1) = (digest("gitCommit"), digest("sha1").filter(|_| git));
        if commit.is_some() && sha1.is_some() && commit != sha1 {
            return Err(fault::value(place, "one commit of a source"));
        }
        match commit.or(sha1) {
            Some(commit) if HOSTS.iter().any(|host| uri.starts_with(host)) => {
                hosted.insert((uri.clone(), commit.clone()));
            }
            // A package may name the commit that it was made of: it is no source of this build.
            _ if uri.starts_with("pkg:") => {}
            Some(commit) => {
                sources.insert((uri.clone(), commit.clone()));
            }
            // Another source with its commit would stand for this one.
            None if git => return Err(fault::incomplete(place, "the commit of every source")),
            None => others = others.saturating_add(1),
        }
    }
    if sources.is_empty() && others == 0 {
        sources = hosted;
    }
    let mut sources = sources.into_iter();
    match (sources.next(), sources.next()) {
        (Some((uri, commit)), None) => {
            if is_object_name(&commit) {
                Ok((uri, commit))
            } else {
                Err(fault::value(
                    place,
                    "a full commit of 40 or 64 lower-case hex digits",
                ))
            }
        }
        (None, _) => Err(fault::incomplete(place, "a source with its commit")),
        (Some(_), Some(_)) => Err(fault::value(place, "exactly one source with a commit")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(uri: &str, digest: &[(&str, &str)]) -> ResourceDescriptor {
        let entries = digest
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        ResourceDescriptor {
            uri: Some(uri.to_owned()),
            digest: (!digest.is_empty()).then(|| entries.collect()),
        }
    }

    /// The commit of a build is that of its one source, or it is not known.
    #[test]
    fn no_dependency_stands_for_the_source() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let app = |digest: &[(&str, &str)]| resource("git+https://example.org/acme/app", digest);
        let of =
            |dependencies: &[ResourceDescriptor]| only(dependencies).map_err(|error| error.code());
        let action = || {
            resource(
                "git+https://example.org/actions/checkout",
                &[("gitCommit", &b)],
            )
        };
        let package = || resource("pkg:npm/a@1", &[("gitCommit", &b)]);
        let found = Ok(("git+https://example.org/acme/app".to_owned(), a.clone()));
        assert_eq!(of(&[app(&[("gitCommit", &a)]), package()]), found);
        assert_eq!(of(&[app(&[("sha1", &a)])]), found);
        assert_eq!(of(&[app(&[("sha1", &a), ("gitCommit", &a)])]), found);
        let two = of(&[app(&[("sha1", &a), ("gitCommit", &b)])]);
        assert_eq!(two, Err("Import.Value"));
        assert_eq!(of(&[app(&[]), action()]), Err("Import.Incomplete"));
        assert_eq!(
            of(&[app(&[("gitCommit", &a)]), action()]),
            Err("Import.Value")
        );
        assert_eq!(of(&[package()]), Err("Import.Incomplete"));
        // A host's package URL is a source where there is no other, and may be an action where there is.
        let hosted = || resource("pkg:github/acme/app@v1", &[("gitCommit", &b)]);
        let of_host = Ok(("pkg:github/acme/app@v1".to_owned(), b.clone()));
        assert_eq!(of(&[hosted(), package()]), of_host);
        assert_eq!(of(&[app(&[("gitCommit", &a)]), hosted()]), found);
        // One source is one, however often it is listed; in BuildKit's form too.
        assert_eq!(
            of(&[app(&[("sha1", &a)]), app(&[("gitCommit", &a)])]),
            found
        );
        let buildkit = "https://example.org/acme/app.git#refs/heads/main";
        assert_eq!(
            of(&[resource(buildkit, &[("sha1", &a)]), package()]),
            Ok((buildkit.to_owned(), a.clone()))
        );
        assert_eq!(
            of(&[resource(buildkit, &[]), action()]),
            Err("Import.Incomplete")
        );
        let elsewhere = resource("https://example.org/acme/app", &[("sha1", &a)]);
        assert_eq!(of(&[elsewhere, hosted()]), Err("Import.Incomplete"));
    }
}
