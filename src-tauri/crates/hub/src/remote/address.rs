//! Where things are on a hub. Names from outside are checked here, before they become part of an address.

use std::fmt;

use http::Uri;

use crate::{HubError, name::owner_and_name, safe_name};

/// Address of a hub, without a slash at its end.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    address: String,
    host: String,
}

impl Endpoint {
    /// Takes `http(s)://HOST[:PORT][/PREFIX]`.
    pub(crate) fn parse(address: &str) -> Result<Self, HubError> {
        let bad = || {
            HubError::BadName(
                "The address of the hub in settings is no web address. It begins with https:// and a host name, for \
                 example https://huggingface.co."
                    .to_owned(),
            )
        };
        let address = address.trim().trim_end_matches('/');
        let uri: Uri = address.parse().map_err(|_| bad())?;
        let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        let plain = matches!(uri.scheme_str(), Some("http" | "https"))
            && !authority.contains('@')
            && uri.query().is_none()
            && !address.contains('#');
        match uri.host() {
            Some(host) if plain && !host.is_empty() => {
                Ok(Self { address: address.to_owned(), host: host.trim_matches(['[', ']']).to_ascii_lowercase() })
            }
            _ => Err(bad()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.address
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The address of `path`, which begins with a slash and is escaped.
    pub(crate) fn join(&self, path: &str) -> Result<Uri, HubError> {
        format!("{}{path}", self.address)
            .parse()
            .map_err(|_| HubError::BadName("The name of the model does not fit into a web address.".to_owned()))
    }
}

/// `owner/name`, both safe as names of folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RepoName {
    pub(crate) owner: String,
    pub(crate) name: String,
}

impl RepoName {
    pub(crate) fn parse(text: &str) -> Result<Self, HubError> {
        let (owner, name) = owner_and_name(text)?;
        Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
    }
}

impl fmt::Display for RepoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Every segment of a path is a safe name; what is one needs no escaping in an address either.
pub(crate) fn check_path(path: &str) -> Result<(), HubError> {
    path.split('/').try_for_each(|segment| safe_name(segment).map(drop))
}

/// A branch, tag or commit as one segment of an address.
pub(crate) fn escaped_revision(revision: &str) -> Result<String, HubError> {
    check_path(revision)?;
    Ok(revision.replace('/', "%2F"))
}

/// 40 hex digits.
pub(crate) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn endpoints_are_addresses_and_nothing_more() {
        for (address, whole, host) in [
            ("https://huggingface.co", "https://huggingface.co", "huggingface.co"),
            (" https://huggingface.co// ", "https://huggingface.co", "huggingface.co"),
            ("https://Mirror.Example.org/hub/", "https://Mirror.Example.org/hub", "mirror.example.org"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1"),
            ("http://[::1]:8080/", "http://[::1]:8080", "::1"),
        ] {
            let endpoint = Endpoint::parse(address).unwrap();
            assert_eq!((endpoint.as_str(), endpoint.host()), (whole, host));
            assert_eq!(endpoint.join("/api/models").unwrap().to_string(), format!("{whole}/api/models"));
        }
        for address in [
            "",
            "huggingface.co",
            "ftp://hub",
            "https://",
            "https://me:secret@hub",
            "https://hub?x",
            "https://hub/#x",
            "/api",
        ] {
            let error = Endpoint::parse(address).unwrap_err();
            assert!(
                matches!(&error, HubError::BadName(sentence) if !sentence.contains("secret")),
                "{address}: {error:?}"
            );
        }
    }

    #[test]
    fn repositories_have_an_owner_and_a_name() {
        assert_eq!(RepoName::parse("meta-llama/Llama-3.1").unwrap().to_string(), "meta-llama/Llama-3.1");
        for hostile in
            ["", "gpt2", "a/b/c", "../b", "a/..", "a/b?x", "a/b#x", "a/%2e", "a\\b/c", "a/", "/b", "a/b c", "a/CON"]
        {
            assert!(matches!(RepoName::parse(hostile), Err(HubError::BadName(_))), "{hostile}");
        }
    }

    #[test]
    fn a_revision_is_one_segment() {
        assert_eq!(escaped_revision("refs/pr/1").unwrap(), "refs%2Fpr%2F1");
        assert!(escaped_revision("../main").is_err() && escaped_revision("a?b").is_err());
        assert!(is_commit(&"0a".repeat(20)));
        assert!(!is_commit("main") && !is_commit(&"0A".repeat(20)) && !is_commit(&"g0".repeat(20)));
    }
}
