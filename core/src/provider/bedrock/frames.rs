use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::Message;

/// The shortest message: two lengths and two checksums.
const SHORTEST: usize = 16;
/// The longest that AWS sends: 24 MiB of payload, 128 KiB of headers.
const LONGEST: usize = (24 << 20) + (128 << 10) + SHORTEST;

/// Reads messages of `application/vnd.amazon.eventstream` from bytes as they come. Every byte is moved twice at most, and nothing is
/// kept of a message that says to be longer than it may.
pub(super) struct Frames {
    buffer: Vec<u8>,
    longest: usize,
}

/// What came is no such stream, or a message is longer than it may be.
#[derive(Debug)]
pub(super) struct Broken;

impl Frames {
    pub(super) fn new(max_event_bytes: u64) -> Self {
        Self { buffer: Vec::new(), longest: usize::try_from(max_event_bytes).unwrap_or(LONGEST).min(LONGEST) }
    }

    pub(super) fn push(&mut self, bytes: &[u8], messages: &mut Vec<Message>) -> Result<(), Broken> {
        self.buffer.extend_from_slice(bytes);
        let mut read = 0;
        while let Some(length) = self.buffer.get(read..).and_then(<[u8]>::first_chunk::<4>) {
            let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Broken)?;
            if !(SHORTEST..=self.longest).contains(&length) {
                return Err(Broken);
            }
            let Some(message) = self.buffer.get(read..read + length) else { break };
            messages.push(read_message_from(message).map_err(|_| Broken)?);
            read += length;
        }
        self.buffer.drain(..read);
        Ok(())
    }
}
