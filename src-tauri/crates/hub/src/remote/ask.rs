//! Asking: each question is sent by the gate, and its answer is read with limits.

use std::time::Duration;

use bytes::Bytes;
use domain::{Purpose, TransportError};
use futures_util::StreamExt;
use hf_hub::repository::ModelInfo;
use http::{Request, StatusCode, header};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::time::timeout;

use super::{
    Hub, RemoteFile,
    address::{RepoName, check_path, is_commit},
    listing::{is_gated, licence},
    refusal::{Asked, Head},
};
use crate::{HubError, name::is_sha256};

/// A page names a hundred repositories or a thousand files at most and is far smaller than this.
const PAGE_LIMIT_BYTES: u64 = 16 * 1024 * 1024;
/// A repository of models has some dozens of files.
const MOST_PAGES: usize = 10;
/// What a file may be in bytes: as many as a JSON number holds exactly.
const MOST_BYTES: u64 = 1 << 53;

/// For an answer as a whole. The gate ends silence; this ends an answer that drips.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a repository says of itself.
pub(crate) struct About {
    pub(crate) commit: String,
    pub(crate) licence: Option<String>,
    pub(crate) gated: bool,
}

impl Hub {
    /// Repositories with GGUF files, most downloaded first.
    pub(crate) async fn found(&self, query: &str, limit: u32) -> Result<Vec<ModelInfo>, HubError> {
        let asked = Asked { endpoint: &self.endpoint, repo: None };
        // Without `full` neither licence, gating nor the last change are told.
        let query = form_encoded(query);
        let path = format!("/api/models?search={query}&filter=gguf&sort=downloads&limit={limit}&full=true");
        let mut found = self.pages(&path, asked, limit as usize).await?.0;
        found.truncate(limit as usize);
        Ok(found)
    }

    /// The commit that `revision` or the main branch is at.
    pub(crate) async fn about(&self, repo: &RepoName, revision: Option<&str>) -> Result<About, HubError> {
        let name = repo.to_string();
        if let Some(revision) = revision {
            check_path(revision)?;
        }
        let path = match revision {
            Some(revision) => format!("/api/models/{name}/revision/{}", super::address::escaped_revision(revision)?),
            None => format!("/api/models/{name}"),
        };
        let asked = Asked { endpoint: &self.endpoint, repo: Some(&name) };
        let answer = self.get(&path, asked).await?;
        let info: ModelInfo = serde_json::from_slice(&answer.bytes).map_err(|_| asked.nonsense())?;
        let commit = info.sha.clone().filter(|sha| is_commit(sha)).ok_or_else(|| asked.nonsense())?;
        // Asked for a commit, a hub that answers another one would bring other bytes than those agreed on.
        if revision.is_some_and(|revision| is_commit(revision) && revision != commit) {
            return Err(asked.nonsense());
        }
        Ok(About { commit, licence: licence(&info), gated: is_gated(&info) })
    }

    /// Every file of a commit whose name is safe and whose size makes sense.
    pub(crate) async fn files(&self, repo: &RepoName, commit: &str) -> Result<Vec<RemoteFile>, HubError> {
        let name = repo.to_string();
        let asked = Asked { endpoint: &self.endpoint, repo: Some(&name) };
        let path = format!("/api/models/{repo}/tree/{commit}?recursive=true");
        let (entries, whole) = self.pages::<Entry>(&path, asked, usize::MAX).await?;
        if !whole {
            return Err(HubError::Unavailable(format!(
                "The repository {repo} has too many files to be listed. Choose another one."
            )));
        }
        Ok(entries.into_iter().filter_map(Entry::into_file).collect())
    }

    /// A list, page by page, until it ends or holds `enough`; and whether it is whole.
    async fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        asked: Asked<'_>,
        enough: usize,
    ) -> Result<(Vec<T>, bool), HubError> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        for _ in 0..MOST_PAGES {
            let page = self.get(&format!("{path}{cursor}"), asked).await?;
            let entries: Vec<serde_json::Value> = serde_json::from_slice(&page.bytes).map_err(|_| asked.nonsense())?;
            // One entry that is not understood does not hide the others.
            all.extend(entries.into_iter().filter_map(|entry| serde_json::from_value(entry).ok()));
            match page.next.filter(|_| all.len() < enough) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok((all, true)),
            }
        }
        Ok((all, false))
    }

    /// One request, and its answer as a whole.
    async fn get(&self, path: &str, asked: Asked<'_>) -> Result<Page, HubError> {
        timeout(PATIENCE, self.fetch(path, asked)).await.map_err(|_| asked.late())?
    }

    async fn fetch(&self, path: &str, asked: Asked<'_>) -> Result<Page, HubError> {
        let mut request = Request::get(self.endpoint.join(path)?).header(header::USER_AGENT, &self.user_agent);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        let request = request.body(Bytes::new()).map_err(|_| {
            HubError::Refused("The token for the hub holds characters that cannot be sent. Enter it again.".to_owned())
        })?;
        let (head, mut body) = self.transport.send(Purpose::ModelSearch, request, PAGE_LIMIT_BYTES).await?.into_parts();
        if head.status != StatusCode::OK {
            let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
            let retry_after = text("retry-after").and_then(|s| s.trim().parse().ok()).map(Duration::from_secs);
            return Err(asked.refused(Head { status: head.status.as_u16(), code: text("x-error-code"), retry_after }));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            bytes.extend_from_slice(&chunk.map_err(|error| match error {
                TransportError::TooLarge { .. } => asked.nonsense(),
                error => error.into(),
            })?);
        }
        let next = head.headers.get_all(header::LINK).iter().find_map(|link| next_cursor(link.to_str().ok()?));
        Ok(Page { bytes, next })
    }
}

/// A page of an answer.
struct Page {
    bytes: Vec<u8>,
    /// Cursor of the next one.
    next: Option<String>,
}

/// An entry of a tree as the hub answers it.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type")]
    kind: String,
    path: String,
    #[serde(default)]
    size: u64,
    lfs: Option<LargeFile>,
}

/// Where the bytes of a large file are known by their hash; `size` of the entry may be that of a pointer to them.
#[derive(Deserialize)]
struct LargeFile {
    /// SHA-256.
    oid: Option<String>,
    size: Option<u64>,
}

impl Entry {
    fn into_file(self) -> Option<RemoteFile> {
        let lfs = self.lfs.unwrap_or(LargeFile { oid: None, size: None });
        let bytes = lfs.size.unwrap_or(self.size);
        let safe = self.kind == "file" && check_path(&self.path).is_ok() && (1..=MOST_BYTES).contains(&bytes);
        safe.then(|| RemoteFile { path: self.path, bytes, sha256: lfs.oid.filter(|oid| is_sha256(oid)) })
    }
}

/// A value in a query, as forms write it.
fn form_encoded(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        b'-' | b'.' | b'_' | b'*' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}

/// The cursor in `<https://hub/…?cursor=CURSOR>; rel="next"`. Only it is taken: the rest of the address is ours, so a
/// mirror that names its origin, or a hub that names somebody else, leads nowhere.
fn next_cursor(link: &str) -> Option<String> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    let (_, rest) = next.split_once('<')?;
    let (_, query) = rest.split_once('>')?.0.split_once('?')?;
    let cursor = query.split('&').find_map(|pair| pair.strip_prefix("cursor="))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%=+/".contains(&byte);
    (!cursor.is_empty() && cursor.bytes().all(plain)).then(|| cursor.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn whatever_is_searched_for_is_one_value() {
        assert_eq!(form_encoded("llama & co=1#?%"), "llama+%26+co%3D1%23%3F%25");
        assert_eq!(form_encoded("Größe\n-._*"), "Gr%C3%B6%C3%9Fe%0A-._*");
    }

    #[test]
    fn of_the_next_page_only_the_cursor_is_taken() {
        let link = r#"<https://evil.example/api?recursive=true&limit=1000&cursor=ZXlK%3D%3D>; rel="next""#;
        assert_eq!(next_cursor(link).unwrap(), "ZXlK%3D%3D");
        assert_eq!(
            next_cursor(r#"<https://h/?cursor=a>; rel="prev", <https://h/?cursor=b>; rel="next""#).unwrap(),
            "b"
        );
        for none in
            ["", "<x>; rel=\"next\"", r#"<h?cursor=>; rel="next""#, r#"<h?cursor=a b>; rel="next""#, r#"<h?cursor=a>"#]
        {
            assert_eq!(next_cursor(none), None, "{none}");
        }
    }

    #[test]
    fn entries_become_files_only_where_everything_is_in_order() {
        let file = |json: &str| serde_json::from_str::<Entry>(json).ok().and_then(Entry::into_file);
        let oid = "ab".repeat(32);
        let whole = format!(
            r#"{{"type":"file","path":"a/m.gguf","size":134,"oid":"x","lfs":{{"oid":"{oid}","size":9,"pointerSize":134}}}}"#
        );
        assert_eq!(file(&whole).unwrap(), RemoteFile { path: "a/m.gguf".into(), bytes: 9, sha256: Some(oid.clone()) });
        let without = |hash: &str| file(&whole.replace(&oid, hash)).unwrap().sha256;
        assert_eq!(without(&oid.to_uppercase()), None);
        assert_eq!(without("sha256:"), None);
        assert_eq!(file(r#"{"type":"file","path":"m.gguf","size":7}"#).unwrap().bytes, 7);
        for hostile in
            ["../m.gguf", "/m.gguf", "a//m.gguf", r"..\\m.gguf", "CON.gguf", "a/.m.gguf", "m\\u0000.gguf", "C:m.gguf"]
        {
            assert!(file(&format!(r#"{{"type":"file","path":"{hostile}","size":7}}"#)).is_none(), "{hostile}");
        }
        for bad in [
            r#"{"type":"directory","path":"m.gguf","size":7}"#,
            r#"{"type":"file","path":"m.gguf","size":0}"#,
            r#"{"type":"file","path":"m.gguf","size":-1}"#,
            r#"{"type":"file","path":"m.gguf","size":18446744073709551615}"#,
        ] {
            assert!(file(bad).is_none(), "{bad}");
        }
    }
}
