//! The body of an answer as it arrives.

use bytes::Bytes;
use domain::{Answered, CrossingOutcome, TransportError};
use futures_util::stream;

use crate::send::Visit;

/// An answer of which at most `limit_bytes` are passed on. It is on record when its last byte was read, when it breaks
/// off, or when it is dropped.
pub(crate) fn answered(response: reqwest::Response, mut visit: Visit, limit_bytes: u64) -> Answered {
    visit.open.answered(response.status());
    let mut head = http::Response::new(());
    *head.status_mut() = response.status();
    *head.version_mut() = response.version();
    *head.headers_mut() = response.headers().clone();
    let arriving = Arriving { response, visit, limit_bytes, left: limit_bytes, too_large: false };
    let body = stream::unfold(Some(arriving), |arriving| async { arriving?.next().await });
    head.map(|()| Box::pin(body) as _)
}

struct Arriving {
    response: reqwest::Response,
    visit: Visit,
    limit_bytes: u64,
    left: u64,
    too_large: bool,
}

type Piece = (Result<Bytes, TransportError>, Option<Arriving>);

impl Arriving {
    async fn next(mut self) -> Option<Piece> {
        if self.too_large {
            let limit_bytes = self.limit_bytes;
            return self.fail(TransportError::TooLarge { limit_bytes });
        }
        let mut piece = match self.visit.while_admitted(self.response.chunk()).await {
            Ok(Ok(Some(piece))) => piece,
            Ok(Ok(None)) => return None,
            Ok(Err(error)) => {
                let error = self.visit.place.fault(&error, true);
                return self.fail(error);
            }
            Err(refused) => return self.fail(refused),
        };
        self.visit.open.received(piece.len() as u64);
        if piece.len() as u64 > self.left {
            self.too_large = true;
            piece.truncate(usize::try_from(self.left).expect("BUG: less than the length of a piece"));
        }
        self.left -= piece.len() as u64;
        Some((Ok(piece), Some(self)))
    }

    fn fail(mut self, error: TransportError) -> Option<Piece> {
        self.visit.open.finish_as(CrossingOutcome::Failed { reason: error.to_string() });
        Some((Err(error), None))
    }
}
