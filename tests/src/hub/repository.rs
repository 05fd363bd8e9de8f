//! What lies on the hub.

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A repository and its history.
#[derive(Debug, Clone)]
pub struct Repository {
    /// `owner/name`.
    pub id: String,
    /// Commits, oldest first; each with all its files.
    pub commits: Vec<Commit>,
    /// Downloads in the last month.
    pub downloads: u64,
    /// Hearts.
    pub likes: u64,
    /// Licence.
    pub licence: String,
    /// Files go to accounts that accepted the licence.
    pub gated: bool,
}

/// A commit.
#[derive(Debug, Clone)]
pub struct Commit {
    /// 40 hex digits.
    pub sha: String,
    /// Files.
    pub files: Vec<File>,
}

/// A file of a commit.
#[derive(Debug, Clone)]
pub struct File {
    /// Path.
    pub path: String,
    /// What is sent.
    pub bytes: Bytes,
    /// Size as it is stated.
    pub size: u64,
    /// SHA-256 as it is stated; none for a file that is not kept in LFS.
    pub sha256: Option<String>,
}

impl Repository {
    /// An empty repository.
    pub fn new(id: &str) -> Self {
        let first = Commit { sha: hex_of(&format!("{id} 0"))[..40].to_owned(), files: Vec::new() };
        let licence = "apache-2.0".to_owned();
        Self { id: id.to_owned(), commits: vec![first], downloads: 100, likes: 1, licence, gated: false }
    }

    /// With a file in its newest commit.
    #[must_use]
    pub fn file(mut self, path: &str, bytes: impl Into<Bytes>) -> Self {
        self.put(path, bytes);
        self
    }

    /// With a file whose hash nobody states.
    #[must_use]
    pub fn unhashed(mut self, path: &str, bytes: impl Into<Bytes>) -> Self {
        self.put(path, bytes);
        self.find(path).sha256 = None;
        self
    }

    /// With so many downloads.
    #[must_use]
    pub fn popular(mut self, downloads: u64) -> Self {
        self.downloads = downloads;
        self
    }

    /// Behind a licence.
    #[must_use]
    pub fn gated(mut self) -> Self {
        self.gated = true;
        self
    }

    /// Puts or replaces a file in the newest commit; what is stated is true.
    pub fn put(&mut self, path: &str, bytes: impl Into<Bytes>) {
        let bytes = bytes.into();
        let file = File { path: path.to_owned(), size: bytes.len() as u64, sha256: Some(sha256(&bytes)), bytes };
        let newest = self.commits.last_mut().unwrap();
        newest.files.retain(|known| known.path != path);
        newest.files.push(file);
    }

    /// A new commit in which a file has other bytes. Earlier commits keep theirs.
    pub fn commit(&mut self, path: &str, bytes: impl Into<Bytes>) {
        let sha = hex_of(&format!("{} {}", self.id, self.commits.len()))[..40].to_owned();
        let files = self.newest().files.clone();
        self.commits.push(Commit { sha, files });
        self.put(path, bytes);
    }

    /// A file of the newest commit, to change it behind everybody's back.
    pub fn find(&mut self, path: &str) -> &mut File {
        let files = &mut self.commits.last_mut().unwrap().files;
        files.iter_mut().find(|file| file.path == path).unwrap()
    }

    /// The newest commit.
    pub fn newest(&self) -> &Commit {
        self.commits.last().unwrap()
    }

    /// A commit by its hash, or `main`.
    pub fn at(&self, revision: &str) -> Option<&Commit> {
        if revision == "main" { Some(self.newest()) } else { self.commits.iter().find(|commit| commit.sha == revision) }
    }

    /// As `GET /api/models` lists it; with more where `full` is asked for.
    pub(super) fn listed(&self, full: bool) -> Value {
        let mut listed = json!({
            "_id": &hex_of(&self.id)[..24], "id": self.id, "modelId": self.id, "likes": self.likes, "private": false,
            "downloads": self.downloads, "tags": ["gguf", format!("license:{}", self.licence), "region:us"],
            "pipeline_tag": "text-generation", "createdAt": "2026-01-01T00:00:00.000Z",
        });
        if full {
            listed["author"] = json!(self.id.split('/').next());
            listed["gated"] = if self.gated { json!("manual") } else { json!(false) };
            listed["lastModified"] = json!("2026-10-01T12:00:00.000Z");
            listed["sha"] = json!(self.newest().sha);
            listed["siblings"] = siblings(self.newest(), false);
        }
        listed
    }

    /// As `GET /api/models/{id}` says it at a commit.
    pub(super) fn info(&self, commit: &Commit, blobs: bool) -> Value {
        let mut info = self.listed(true);
        info["sha"] = json!(commit.sha);
        info["disabled"] = json!(false);
        info["cardData"] = json!({"license": self.licence});
        info["siblings"] = siblings(commit, blobs);
        info["gguf"] = json!({"architecture": "llama", "context_length": 2048, "total": 2_800_000});
        info
    }
}

impl Commit {
    /// As the tree and `paths-info` list it.
    pub(super) fn tree(&self, wanted: impl Fn(&str) -> bool) -> Vec<Value> {
        let mut folders: Vec<&str> = self.files.iter().filter_map(|file| Some(file.path.rsplit_once('/')?.0)).collect();
        folders.dedup();
        let folders = folders
            .into_iter()
            .filter(|path| wanted(path))
            .map(|path| json!({"type": "directory", "oid": &hex_of(path)[..40], "size": 0, "path": path}));
        let files = self.files.iter().filter(|file| wanted(&file.path)).map(File::listed);
        folders.chain(files).collect()
    }
}

impl File {
    fn listed(&self) -> Value {
        let mut listed = json!({"type": "file", "oid": self.git_id(), "size": self.size, "path": self.path});
        if let Some(sha256) = &self.sha256 {
            listed["lfs"] = json!({"oid": sha256, "size": self.size, "pointerSize": 134});
            listed["xetHash"] = json!(hex_of(sha256));
        }
        listed
    }

    /// Hash of what git itself keeps.
    pub(super) fn git_id(&self) -> String {
        hex_of(&self.path)[..40].to_owned()
    }

    /// It changes with the bytes that are sent.
    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", sha256(&self.bytes))
    }
}

fn siblings(commit: &Commit, blobs: bool) -> Value {
    commit
        .files
        .iter()
        .map(|file| {
            let mut sibling = json!({"rfilename": file.path});
            if blobs {
                sibling["size"] = json!(file.size);
                sibling["blobId"] = json!(file.git_id());
                if let Some(sha256) = &file.sha256 {
                    sibling["lfs"] = json!({"sha256": sha256, "size": file.size, "pointerSize": 134});
                }
            }
            sibling
        })
        .collect()
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn hex_of(text: &str) -> String {
    sha256(text.as_bytes())
}
