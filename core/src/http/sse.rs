//! Server-sent events, as the HTML standard says (9.2.6): read from bytes as they come, however they are cut.

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerSentEvent {
    /// Its type, when it has one.
    pub(crate) name: Option<String>,
    /// Its data: lines with line feeds between them.
    pub(crate) data: String,
}

/// Something is longer than it may be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Takes bytes and gives events. Work and memory are linear in the bytes.
#[derive(Debug)]
pub(crate) struct SseParser {
    max_event_bytes: usize,
    line: Vec<u8>,
    name: Option<String>,
    data: Option<String>,
    /// Bytes of the event that is being read, lines that mean nothing included.
    event_bytes: usize,
    /// The last byte was a carriage return: a line feed behind it belongs to it.
    after_return: bool,
    /// Nothing was read yet: a byte order mark may come.
    at_start: bool,
}

impl SseParser {
    pub(crate) fn new(max_event_bytes: u64) -> Self {
        Self {
            max_event_bytes: usize::try_from(max_event_bytes).unwrap_or(usize::MAX),
            line: Vec::new(),
            name: None,
            data: None,
            event_bytes: 0,
            after_return: false,
            at_start: true,
        }
    }

    /// Reads more bytes. What stands behind the last empty line when the stream ends is no event.
    pub(crate) fn push(&mut self, bytes: &[u8], events: &mut Vec<ServerSentEvent>) -> Result<(), TooLong> {
        for &byte in bytes {
            let ends = match byte {
                b'\n' if self.after_return => {
                    self.after_return = false;
                    continue;
                }
                b'\n' | b'\r' => true,
                _ => false,
            };
            self.after_return = byte == b'\r';
            if ends {
                self.line_ends(events);
                continue;
            }
            self.event_bytes += 1;
            if self.event_bytes > self.max_event_bytes {
                return Err(TooLong);
            }
            self.line.push(byte);
        }
        Ok(())
    }

    fn line_ends(&mut self, events: &mut Vec<ServerSentEvent>) {
        let line = std::mem::take(&mut self.line);
        let mut line = line.as_slice();
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if line.is_empty() {
            self.event_bytes = 0;
            let name = self.name.take();
            events.extend(self.data.take().map(|data| ServerSentEvent { name, data }));
            return;
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &[][..]),
        };
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        match field {
            b"event" => self.name = Some(value.into_owned()),
            b"data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(&value);
                }
                None => self.data = Some(value.into_owned()),
            },
            // A comment, an id, a time to wait, or something unknown.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<(Option<String>, String)> {
        let (mut parser, mut events) = (SseParser::new(1 << 16), Vec::new());
        for piece in pieces {
            parser.push(piece, &mut events).unwrap();
        }
        events.into_iter().map(|event| (event.name, event.data)).collect()
    }

    fn data(text: &str) -> (Option<String>, String) {
        (None, text.to_owned())
    }

    #[test]
    fn lines_end_in_three_ways_and_comments_and_unknown_fields_mean_nothing() {
        let said = ": ping\n\ndata: eins\n\ndata: zwei\r\n\r\ndata: drei\r\rid: 7\nretry: 3\nfoo: bar\ndata:vier\n\n";
        assert_eq!(read(&[said.as_bytes()]), [data("eins"), data("zwei"), data("drei"), data("vier")]);
        assert_eq!(read(&[b"\xef\xbb\xbfevent: delta\ndata: a\ndata\ndata: b\n\n"]), [(Some("delta".into()), "a\n\nb".into())]);
        assert_eq!(read(&[b"event: nothing\n\ndata:  two spaces\n\n"]), [data(" two spaces")]);
    }

    #[test]
    fn an_event_that_no_empty_line_ends_is_none() {
        assert!(read(&[b"data: half"]).is_empty());
        assert!(read(&[b"data: half\n"]).is_empty());
    }

    #[test]
    fn a_carriage_return_and_its_line_feed_may_come_apart() {
        assert_eq!(read(&[b"data: a\r", b"\n\r", b"\ndata: b\r\n\r", b"\n"]), [data("a"), data("b")]);
    }

    #[test]
    fn an_event_longer_than_it_may_be_is_an_error_also_without_any_line_break() {
        let mut events = Vec::new();
        let mut parser = SseParser::new(10);
        assert_eq!(parser.push(b"data: 1234\n\ndata: 1234\n\n", &mut events), Ok(()));
        assert_eq!(events.len(), 2);
        assert_eq!(parser.push(b"data: 12345", &mut events), Err(TooLong));
        assert_eq!(SseParser::new(10).push(b"data: 1\n: comment\n", &mut events), Err(TooLong));
    }

    /// Lines of every kind with every ending, and text beyond ASCII.
    fn stream() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            "data: ?[a-zäß€😀: ]{0,12}",
            "event: ?[a-z]{0,6}",
            ":[a-z]{0,6}",
            "[a-zäß😀:]{0,8}",
            Just(String::new()),
            Just(String::new()),
        ];
        let ending = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
        prop::collection::vec((line, ending), 0..24)
            .prop_map(|lines| lines.into_iter().map(|(line, ending)| line + ending).collect())
    }

    /// The standard in its own words, over the whole text: normalise line ends, then go through the lines.
    fn oracle(text: &str) -> Vec<(Option<String>, String)> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let (mut events, mut name, mut data) = (Vec::new(), None, Vec::new());
        for line in text.split_inclusive('\n') {
            let Some(line) = line.strip_suffix('\n') else { break };
            if line.is_empty() {
                let lines = std::mem::take(&mut data);
                let its_name = name.take();
                if !lines.is_empty() {
                    events.push((its_name, lines.join("\n")));
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
            match field {
                "data" => data.push(value),
                "event" => name = Some(value),
                _ => {}
            }
        }
        events
    }

    proptest! {
        #[test]
        fn cut_at_every_byte_a_stream_gives_the_same_events(text in stream()) {
            let whole = oracle(&text);
            for cut in 0..=text.len() {
                let (before, after) = text.as_bytes().split_at(cut);
                prop_assert_eq!(&read(&[before, after]), &whole);
            }
            let single: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
            prop_assert_eq!(&read(&single), &whole);
        }
    }
}
