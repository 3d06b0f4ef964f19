use std::time::Duration;

use serde_json::Value;

/// What a server answers.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status of HTTP.
    pub status: u16,
    /// The headers, without those of the length.
    pub headers: Vec<(String, String)>,
    /// What it does after the head, in order.
    pub steps: Vec<Step>,
    /// Whether the body comes in chunks and its length is not told.
    pub chunked: bool,
}

/// What a server does after the head of its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Sends bytes, as one chunk.
    Bytes(Vec<u8>),
    /// Waits, or until the client goes away.
    Wait(Duration),
    /// Sends nothing more and keeps the connection open until the client goes away.
    Hang,
    /// Closes the connection in the middle of the body.
    Cut,
}

impl Reply {
    /// A body in one piece.
    pub fn whole(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, steps: vec![Step::Bytes(body.into())], chunked: false }
    }

    /// JSON in one piece.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::whole(status, "application/json", body.to_string())
    }

    /// A stream with status 200, a chunk a piece.
    pub fn stream(content_type: &str, pieces: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status: 200, headers, steps: pieces.into_iter().map(Step::Bytes).collect(), chunked: true }
    }

    /// With a header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// And then does this.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.chunked = true;
        self.steps.push(step);
        self
    }

    /// The first bytes of the body alone, and then does this.
    #[must_use]
    pub fn up_to(mut self, bytes: usize, then: Step) -> Self {
        let mut left = bytes;
        for step in &mut self.steps {
            if let Step::Bytes(piece) = step {
                piece.truncate(left);
                left -= piece.len();
            }
        }
        self.then(then)
    }

    /// The same bytes in chunks of so many.
    #[must_use]
    pub fn in_chunks_of(mut self, bytes: usize) -> Self {
        let split = |step: Step| match step {
            Step::Bytes(piece) => piece.chunks(bytes.max(1)).map(|chunk| Step::Bytes(chunk.to_vec())).collect(),
            other => vec![other],
        };
        self.chunked = true;
        self.steps = self.steps.into_iter().flat_map(split).collect();
        self
    }

    /// With this step before every piece.
    #[must_use]
    pub fn with_each(mut self, step: &Step) -> Self {
        self.chunked = true;
        self.steps = self.steps.into_iter().flat_map(|piece| [step.clone(), piece]).collect();
        self
    }

    /// All bytes of the body.
    pub fn body(&self) -> Vec<u8> {
        let pieces =
            self.steps.iter().filter_map(|step| if let Step::Bytes(piece) = step { Some(piece.as_slice()) } else { None });
        pieces.collect::<Vec<_>>().concat()
    }
}
