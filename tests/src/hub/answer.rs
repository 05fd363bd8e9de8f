//! What the hub itself answers.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderName, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::json;

use super::{At, Fault, Repository, Shelf, repository::Commit};

pub(super) fn routes() -> Router<Shelf> {
    Router::new()
        .route("/api/models", get(search))
        .route("/api/models/{owner}/{name}", get(newest))
        .route("/api/models/{owner}/{name}/revision/{revision}", get(at_revision))
        .route("/api/models/{owner}/{name}/tree/{revision}", get(tree))
        .route("/api/models/{owner}/{name}/paths-info/{revision}", post(paths_info))
        .route("/{owner}/{name}/resolve/{revision}/{*path}", get(resolve))
}

#[derive(Deserialize)]
struct Asked {
    search: Option<String>,
    filter: Option<String>,
    limit: Option<usize>,
    full: Option<bool>,
    cursor: Option<usize>,
}

/// Items of a page unless fewer are asked for.
const PAGE: usize = 1000;

async fn search(State(shelf): State<Shelf>, uri: Uri, Query(asked): Query<Asked>) -> Response {
    if let Some(wrong) = shelf.wrong(At::Search, uri.path()) {
        return wrong;
    }
    let words = asked.search.clone().unwrap_or_default().to_lowercase();
    let mut found: Vec<Repository> = shelf.0.repositories.lock().unwrap().clone();
    found.retain(|repository| {
        let gguf = repository.newest().files.iter().any(|file| file.path.ends_with(".gguf"));
        (gguf || asked.filter.as_deref() != Some("gguf"))
            && words.split_whitespace().all(|word| repository.id.to_lowercase().contains(word))
    });
    found.sort_by_key(|repository| std::cmp::Reverse(repository.downloads));
    let (from, page) = (asked.cursor.unwrap_or(0), asked.limit.unwrap_or(PAGE).min(PAGE));
    let listed: Vec<_> =
        found.iter().skip(from).take(page).map(|repository| repository.listed(asked.full == Some(true))).collect();
    let mut response = Json(listed).into_response();
    if found.len() > from + page {
        let query: Vec<&str> =
            uri.query().unwrap_or_default().split('&').filter(|pair| !pair.starts_with("cursor=")).collect();
        let next =
            format!("<http://{}/api/models?{}&cursor={}>; rel=\"next\"", shelf.0.hub, query.join("&"), from + page);
        response.headers_mut().insert(header::LINK, next.parse().unwrap());
    }
    response
}

#[derive(Deserialize)]
struct Wanted {
    blobs: Option<bool>,
    cursor: Option<usize>,
    limit: Option<usize>,
}

async fn newest(
    shelf: State<Shelf>,
    uri: Uri,
    Path((owner, name)): Path<(String, String)>,
    wanted: Query<Wanted>,
) -> Response {
    at_revision(shelf, uri, Path((owner, name, "main".to_owned())), wanted).await
}

async fn at_revision(
    State(shelf): State<Shelf>,
    uri: Uri,
    Path((owner, name, revision)): Path<(String, String, String)>,
    Query(wanted): Query<Wanted>,
) -> Response {
    match shelf.commit(uri.path(), &owner, &name, &revision) {
        Ok((repository, commit)) => Json(repository.info(&commit, wanted.blobs == Some(true))).into_response(),
        Err(wrong) => wrong,
    }
}

async fn tree(
    State(shelf): State<Shelf>,
    uri: Uri,
    Path((owner, name, revision)): Path<(String, String, String)>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let commit = match shelf.commit(uri.path(), &owner, &name, &revision) {
        Ok((_, commit)) => commit,
        Err(wrong) => return wrong,
    };
    let all = commit.tree(|_| true);
    let (from, page) = (wanted.cursor.unwrap_or(0), wanted.limit.unwrap_or(PAGE).min(PAGE));
    let mut response = Json(all.iter().skip(from).take(page).collect::<Vec<_>>()).into_response();
    if all.len() > from + page {
        let next = format!(
            "<http://{}{}?recursive=true&limit={page}&cursor={}>; rel=\"next\"",
            shelf.0.hub,
            uri.path(),
            from + page
        );
        response.headers_mut().insert(header::LINK, next.parse().unwrap());
    }
    response
}

#[derive(Deserialize)]
struct Paths {
    paths: Vec<String>,
}

async fn paths_info(
    State(shelf): State<Shelf>,
    uri: Uri,
    Path((owner, name, revision)): Path<(String, String, String)>,
    Json(wanted): Json<Paths>,
) -> Response {
    match shelf.commit(uri.path(), &owner, &name, &revision) {
        Ok((_, commit)) => Json(commit.tree(|path| wanted.paths.iter().any(|known| known == path))).into_response(),
        Err(wrong) => wrong,
    }
}

/// Sends on to the content network, with what is known of the file in headers.
async fn resolve(
    State(shelf): State<Shelf>,
    uri: Uri,
    Path((owner, name, revision, path)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Some(wrong) = shelf.wrong(At::Resolve, uri.path()) {
        return wrong;
    }
    let Some(repository) = shelf.repository(&owner, &name) else { return unknown_repository() };
    if repository.gated && !headers.contains_key(header::AUTHORIZATION) {
        let sentence = format!(
            "Access to model {} is restricted. You must have access to it and be authenticated to access it. Please log in.",
            repository.id
        );
        return refusal(StatusCode::UNAUTHORIZED, "GatedRepo", &sentence);
    }
    let Some(commit) = repository.at(&revision) else { return unknown_revision(&revision) };
    let Some(file) = commit.files.iter().find(|file| file.path == path) else {
        return refusal(StatusCode::NOT_FOUND, "EntryNotFound", "Entry not found");
    };
    // A signature that lets whoever holds it fetch the file; it must appear in no record.
    let to = format!(
        "http://{}/repos/{owner}/{name}/{}{}?Signature=s3cr3t&Expires=1",
        shelf.0.cdn,
        commit.sha,
        escaped(&path)
    );
    let named = |name: &'static str| HeaderName::from_static(name);
    let etag = file.sha256.as_ref().map_or_else(|| format!("\"{}\"", file.git_id()), |sha256| format!("\"{sha256}\""));
    let known = [
        (header::LOCATION, to),
        (named("x-repo-commit"), commit.sha.clone()),
        (named("x-linked-size"), file.size.to_string()),
        (named("x-linked-etag"), etag),
        (named("accept-ranges"), "bytes".to_owned()),
    ];
    (StatusCode::FOUND, axum::response::AppendHeaders(known), "Found. Redirecting").into_response()
}

/// A path as it stands in an address, with a slash before it.
fn escaped(path: &str) -> String {
    use std::fmt::Write;
    path.split('/').fold(String::new(), |mut all, segment| {
        all.push('/');
        for byte in segment.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                all.push(char::from(byte));
            } else {
                let _ = write!(all, "%{byte:02X}");
            }
        }
        all
    })
}

impl Shelf {
    /// A repository at a revision, or what the hub says instead.
    #[allow(clippy::result_large_err)] // an answer either way
    fn commit(&self, path: &str, owner: &str, name: &str, revision: &str) -> Result<(Repository, Commit), Response> {
        if let Some(wrong) = self.wrong(At::Listing, path) {
            return Err(wrong);
        }
        let repository = self.repository(owner, name).ok_or_else(unknown_repository)?;
        let commit = repository.at(revision).cloned().ok_or_else(|| unknown_revision(revision))?;
        Ok((repository, commit))
    }

    /// What a fault that has nothing to do with bytes answers.
    fn wrong(&self, at: At, path: &str) -> Option<Response> {
        Some(match self.fault(at)? {
            Fault::Status { code, retry_after } => {
                let mut response = refusal(StatusCode::from_u16(code).unwrap(), "Fault", "Something is wrong here");
                if let Some(after) = retry_after {
                    response.headers_mut().insert(header::RETRY_AFTER, after.parse().unwrap());
                }
                response
            }
            Fault::Nonsense => ([(header::CONTENT_TYPE, "application/json")], "<html>{not json").into_response(),
            Fault::Redirect { to } => {
                let to = to
                    .replace("{hub}", &self.0.hub.to_string())
                    .replace("{cdn}", &self.0.cdn.to_string())
                    .replace("{path}", path);
                (StatusCode::FOUND, [(header::LOCATION, to)]).into_response()
            }
            other => panic!("{other:?} is a fault of bytes"),
        })
    }
}

/// The hub does not tell a stranger whether a repository is private or none.
fn unknown_repository() -> Response {
    refusal(StatusCode::UNAUTHORIZED, "RepoNotFound", "Invalid username or password.")
}

fn unknown_revision(revision: &str) -> Response {
    refusal(StatusCode::NOT_FOUND, "RevisionNotFound", &format!("Invalid rev id: {revision}"))
}

fn refusal(status: StatusCode, code: &str, sentence: &str) -> Response {
    let known = [("x-error-code", code), ("x-error-message", sentence)];
    (status, known, Json(json!({"error": sentence}))).into_response()
}
