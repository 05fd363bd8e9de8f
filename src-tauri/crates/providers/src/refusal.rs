//! What is no stream of an answer: a status that is no success, a web page, something packed.

use std::time::Duration;

use domain::{Answered, FaultKind, ProviderFault};
use futures_util::StreamExt;
use http::header;

use crate::fault::{self, Said};

/// Longest error in bytes.
const LONGEST_ERROR: usize = 64 << 10;

/// Why an attempt did not come to its end.
pub(crate) struct Broke {
    pub(crate) fault: ProviderFault,
    pub(crate) said: Box<Said>,
}

impl From<ProviderFault> for Broke {
    fn from(fault: ProviderFault) -> Self {
        Self { fault, said: Box::default() }
    }
}

/// The fault of an answer that is no success.
pub(crate) async fn refused(name: &str, answer: Answered) -> Broke {
    let (head, mut chunks) = answer.into_parts();
    let mut body = Vec::new();
    // A body that does not come is no reason to wait long: the status says enough.
    let reading = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            body.extend_from_slice(&chunk[..chunk.len().min(LONGEST_ERROR - body.len())]);
            if body.len() >= LONGEST_ERROR {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(5), reading).await;
    let body = String::from_utf8_lossy(&body);
    let fault = fault::of_answer(name, head.status, &head.headers, &body);
    Broke { fault, said: Box::new(Said::of(&body)) }
}

/// Refuses what is no stream of events: a page of a network that wants a login, or something packed that nobody asked
/// for (it could unpack to anything).
pub(crate) fn check_form(name: &str, headers: &http::HeaderMap) -> Result<(), ProviderFault> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_lowercase();
    let broken = |message: String| Err(ProviderFault::new(FaultKind::Broken, message));
    if !matches!(text(header::CONTENT_ENCODING).as_str(), "" | "identity") {
        return broken(format!("{name} answered in a packed form that nobody asked for. It was not opened."));
    }
    let kind = text(header::CONTENT_TYPE);
    if kind.starts_with("text/html") {
        return broken(format!(
            "What came is a web page and no answer of {name}. Does this network want you to log in first, or is the address wrong?"
        ));
    }
    if kind.starts_with("application/json") {
        return broken(format!("{name} answered in one piece, though a stream was asked for. It cannot be used so."));
    }
    Ok(())
}
