//! Units → chunks: how many units make a chunk, and where it ends.

use std::{collections::VecDeque, sync::Arc};

use super::{
    Chunk, ChunkOptions, Sentence,
    unit::{Kind, Unit, add_segments},
};
use crate::{Result, tokenize::Tokenizer, types::Segment};

/// Short items and rows are joined until they have this many characters.
const JOINED: usize = 300;
/// Text is tokenized in pieces of about so many bytes.
const PIECE: usize = 16 << 10;
/// How many budgets of text are looked at before the first chunk of a long section is cut.
const AHEAD: usize = 4;

/// Packs units into chunks.
pub(super) struct Packer {
    tokenizer: Arc<dyn Tokenizer>,
    options: ChunkOptions,
    queue: VecDeque<Unit>,
    tokens: usize,
    /// Whether the queue holds headings alone.
    headings_alone: bool,
    /// The chunk before, until it is known what else belongs to its core.
    last: Option<Chunk>,
    /// The last sentences of the chunk before, and the path they stand under.
    overlap: Vec<(String, usize)>,
    overlap_path: Option<Arc<[String]>>,
    /// Pages without words before the first unit.
    ahead: Vec<Segment>,
    /// The last path and header with their text and tokens, cut to a quarter of the budget.
    path: Option<(Arc<[String]>, String, usize)>,
    header: Option<(Arc<str>, String, usize)>,
    done: Vec<Chunk>,
}

/// What stands above the core in a chunk's text.
#[derive(Default)]
struct Context {
    path: String,
    header: String,
    overlap: String,
    tokens: usize,
}

impl Packer {
    pub(super) fn new(tokenizer: Arc<dyn Tokenizer>, options: ChunkOptions) -> Self {
        Self {
            tokenizer,
            options,
            queue: VecDeque::new(),
            tokens: 0,
            headings_alone: true,
            last: None,
            overlap: Vec::new(),
            overlap_path: None,
            ahead: Vec::new(),
            path: None,
            header: None,
            done: Vec::new(),
        }
    }

    /// Takes units in order.
    pub(super) fn push(&mut self, mut units: Vec<Unit>) -> Result<()> {
        self.count(&mut units)?;
        for unit in units {
            self.take(unit)?;
        }
        Ok(())
    }

    /// Gives a page without words to the unit before it, or to the first of all.
    pub(super) fn trail(&mut self, page: Segment) {
        if let Some(unit) = self.queue.back_mut() {
            add_segments(&mut unit.core, &[page]);
        } else if let Some(chunk) = &mut self.last {
            add_segments(&mut chunk.core, &[page]);
        } else {
            add_segments(&mut self.ahead, &[page]);
        }
    }

    /// The chunks that are complete.
    pub(super) fn done(&mut self) -> Vec<Chunk> {
        std::mem::take(&mut self.done)
    }

    /// Ends the document.
    pub(super) fn finish(mut self) -> Result<Vec<Chunk>> {
        self.flush()?;
        self.done.extend(self.last.take());
        Ok(self.done)
    }

    fn take(&mut self, mut unit: Unit) -> Result<()> {
        if !self.ahead.is_empty() {
            let mut core = std::mem::take(&mut self.ahead);
            add_segments(&mut core, &unit.core);
            unit.core = core;
        }
        let begins_section = unit.kind == Kind::Heading && !self.shares(&unit);
        if !self.headings_alone && (begins_section || self.turns_page(&unit)) {
            self.flush()?;
        }
        self.headings_alone &= unit.kind == Kind::Heading;
        self.tokens += unit.tokens;
        self.queue.push_back(unit);
        while self.tokens > AHEAD * self.options.max_tokens {
            self.cut(false)?;
        }
        Ok(())
    }

    /// Whether the section in the queue is so small that it shares a chunk with the one that `heading` begins.
    fn shares(&self, heading: &Unit) -> bool {
        let top = |unit: &Unit| unit.path.first().cloned().unwrap_or_else(|| unit.text.clone());
        let same = self.queue.front().is_some_and(|first| !heading.path.is_empty() && top(first) == top(heading));
        self.tokens < self.options.max_tokens / if same { 4 } else { 16 }
    }

    /// Whether `unit` begins on another page than the one before it. A chunk keeps to its page, so that it is cited with the
    /// page that it stands on; only a sentence that runs over the break takes it along.
    fn turns_page(&self, unit: &Unit) -> bool {
        let begins = |unit: &Unit| unit.core.first().map(|segment| segment.page);
        self.queue.back().is_some_and(|last| begins(last) != begins(unit)) && !unit.continues
    }

    fn flush(&mut self) -> Result<()> {
        while !self.queue.is_empty() {
            self.cut(true)?;
        }
        self.headings_alone = true;
        Ok(())
    }

    /// Counts the tokens of `units`, many at a time.
    fn count(&self, units: &mut [Unit]) -> Result<()> {
        let mut rest = units;
        let mut text = String::new();
        while !rest.is_empty() {
            text.clear();
            let mut n = 0;
            while n < rest.len() && (n == 0 || text.len() + rest[n].text.len() < PIECE) && rest[n].text.len() < PIECE {
                text.push_str(&rest[n].text);
                text.push('\n');
                n += 1;
            }
            if n == 0 {
                rest[0].tokens = self.ends(&rest[0].text)?.len().max(1);
                rest = &mut rest[1..];
                continue;
            }
            let ends = self.tokenizer.token_ends(&text)?;
            let (mut at, mut seen) = (0, 0);
            let (batch, more) = rest.split_at_mut(n);
            for unit in batch {
                at += unit.text.len();
                let until = seen + ends[seen..].partition_point(|end| *end as usize <= at);
                unit.tokens = (until - seen).max(1);
                seen = until;
                at += 1;
            }
            rest = more;
        }
        Ok(())
    }

    /// The ends of the tokens of a text of any length: what is longer than a piece is tokenized in pieces.
    fn ends(&self, text: &str) -> Result<Vec<usize>> {
        let mut ends = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let mut end = text.floor_char_boundary((at + PIECE).min(text.len()));
            if end < text.len() {
                end = text[at..end].rfind(' ').map_or(end, |space| at + space.max(1));
                end = text.ceil_char_boundary(end);
            }
            ends.extend(self.tokenizer.token_ends(&text[at..end])?.into_iter().map(|e| at + e as usize));
            at = end;
        }
        Ok(ends)
    }

    /// Makes one chunk of the first units. `whole`: nothing more comes that belongs to the same section.
    fn cut(&mut self, whole: bool) -> Result<()> {
        let budget = self.options.max_tokens;
        let mut limit = budget;
        let mut context = self.context()?;
        loop {
            let room = limit.saturating_sub(context.tokens).max(1);
            let n = match self.units(room, whole) {
                0 if self.split_first(room)? => continue,
                n => n.max(1),
            };
            let text = self.text(&context, n);
            let tokens = self.tokenizer.count(&text)?;
            if tokens <= budget {
                self.emit(n, text, tokens);
                return Ok(());
            }
            // Tokens do not add up: text joined may have more than its parts. Then less is taken, a quarter at least.
            if n > 1 {
                let over = tokens - budget;
                let first = self.queue.front().map_or(0, |unit| unit.tokens);
                let used: usize = context.tokens + self.queue.iter().take(n).map(|unit| unit.tokens).sum::<usize>();
                limit = used.saturating_sub(over.clamp(used / 4, used / 2).max(1)).max(context.tokens + first);
            } else if context.tokens > 0 && self.queue.front().is_some_and(|unit| unit.tokens <= budget / 8) {
                context = Context::default();
            } else if !self.halve_first() {
                // Not even one character fits.
                self.emit(1, String::new(), 0);
                return Ok(());
            }
        }
    }

    /// How many units make the next chunk of at most `room` tokens; 0 if not even one fits.
    fn units(&self, room: usize, whole: bool) -> usize {
        if self.queue.front().is_none_or(|unit| unit.tokens > room) {
            return 0;
        }
        if whole && self.tokens <= room {
            return self.queue.len();
        }
        let mut chunks = if whole { self.tokens.div_ceil(room) } else { AHEAD };
        loop {
            // Chunks of one section are of one size, so that none is left of three words.
            let target = if whole { self.tokens.div_ceil(chunks) } else { room };
            let must = if whole { self.tokens.saturating_sub((chunks - 1) * room) } else { 1 };
            let mut best = (f32::INFINITY, 0);
            let mut sum = 0;
            for (i, unit) in self.queue.iter().enumerate() {
                sum += unit.tokens;
                if sum > room {
                    break;
                }
                let Some(next) = self.queue.get(i + 1) else { break };
                let cost = (sum.abs_diff(target) as f32) / room as f32 + break_cost(unit, next);
                if sum >= must && cost <= best.0 {
                    best = (cost, i + 1);
                }
            }
            if best.1 > 0 {
                return best.1;
            }
            chunks += 1;
        }
    }

    /// What stands above the first unit of the queue.
    fn context(&mut self) -> Result<Context> {
        let quarter = self.options.max_tokens / 4;
        let Some(first) = self.queue.front() else {
            return Ok(Context::default());
        };
        if self.path.as_ref().is_none_or(|(path, ..)| !Arc::ptr_eq(path, &first.path)) {
            // The innermost headings, as many as fit.
            let mut text = String::new();
            for heading in first.path.iter().rev() {
                let longer = if text.is_empty() { heading.clone() } else { format!("{heading}\n{text}") };
                if self.tokenizer.count(&longer)? > quarter {
                    if text.is_empty() {
                        text = self.cut_to(heading, quarter)?;
                    }
                    break;
                }
                text = longer;
            }
            let tokens = self.tokenizer.count(&text)?;
            self.path = Some((Arc::clone(&first.path), text, tokens));
        }
        if let Some(header) = &first.header
            && self.header.as_ref().is_none_or(|(known, ..)| !Arc::ptr_eq(known, header))
        {
            let text = self.cut_to(header, quarter)?;
            let tokens = self.tokenizer.count(&text)?;
            self.header = Some((Arc::clone(header), text, tokens));
        }
        let (path, mut tokens) = self.path.as_ref().map_or((String::new(), 0), |(_, text, tokens)| (text.clone(), *tokens));
        let header = match (&first.header, &self.header) {
            (Some(_), Some((_, text, more))) => {
                tokens += more;
                text.clone()
            }
            _ => String::new(),
        };
        let mut overlap = String::new();
        let same = self.overlap_path.as_ref().is_some_and(|path| Arc::ptr_eq(path, &first.path));
        if same && first.kind != Kind::Heading && !first.continues {
            for (sentence, more) in &self.overlap {
                if !overlap.is_empty() {
                    overlap.push(' ');
                }
                overlap.push_str(sentence);
                tokens += more;
            }
        }
        Ok(Context { path, header, overlap, tokens })
    }

    /// As many words of `text` as have at most `limit` tokens, or characters if there are no words.
    fn cut_to(&self, text: &str, limit: usize) -> Result<String> {
        let mut text = text;
        let mut aim = limit;
        while !text.is_empty() && self.tokenizer.count(text)? > limit {
            let ends = self.ends(text)?;
            let end = aim.checked_sub(1).and_then(|last| ends.get(last)).map_or(text.len() / 2, |end| *end);
            let head = &text[..text.floor_char_boundary(end.min(text.len() - 1))];
            text = head.rfind(char::is_whitespace).map_or(head, |space| &head[..space]);
            aim = aim * 3 / 4;
        }
        Ok(text.to_owned())
    }

    fn text(&self, context: &Context, n: usize) -> String {
        let mut text = String::new();
        for above in [&context.path, &context.header, &context.overlap] {
            if !above.is_empty() {
                text.push_str(above);
                text.push('\n');
            }
        }
        for (i, unit) in self.queue.iter().take(n).enumerate() {
            if i > 0 && unit.begins_block {
                text.push('\n');
            } else if i > 0 && !(unit.continues && unit.joined) {
                text.push(' ');
            }
            text.push_str(&unit.text);
        }
        text
    }

    /// Replaces the first unit by parts of about a quarter of `room`, cut between words, or in a word that is longer.
    /// False if it is one character.
    fn split_first(&mut self, room: usize) -> Result<bool> {
        let Some(unit) = self.queue.front() else { return Ok(false) };
        let ends = self.ends(&unit.text)?;
        let size = (room / 4).max(1);
        let text = unit.text.as_str();
        let mut parts: Vec<usize> = Vec::new();
        let mut at = 0;
        let mut token = 0;
        while at < text.len() {
            token = (token + size).min(ends.len());
            let mut end =
                if token == ends.len() { text.len() } else { text.floor_char_boundary(ends[token - 1].min(text.len())) };
            if end < text.len() {
                // Back to the last space of the part, if it has one.
                if !text[end..].starts_with(' ')
                    && let Some(space) = text[at..end].rfind(' ').filter(|space| *space > 0)
                {
                    end = at + space;
                }
                if end <= at {
                    end = text.ceil_char_boundary(at + 1);
                }
            }
            parts.push(end);
            at = end;
            token = ends.partition_point(|e| *e <= at);
            if token == ends.len() && at < text.len() {
                parts.push(text.len());
                break;
            }
        }
        if parts.len() < 2 {
            return Ok(self.halve_first());
        }
        self.replace_first(&parts, |a, b| ends.partition_point(|e| *e <= b) - ends.partition_point(|e| *e <= a));
        Ok(true)
    }

    /// Cuts the first unit in two. False if it is one character.
    fn halve_first(&mut self) -> bool {
        let Some(unit) = self.queue.front() else { return false };
        let text = unit.text.as_str();
        let Some(first) = text.chars().next() else { return false };
        let middle = text.floor_char_boundary(text.len() / 2).max(first.len_utf8());
        if middle >= text.len() {
            return false;
        }
        let tokens = unit.tokens.div_ceil(2);
        let end = text.len();
        self.replace_first(&[middle, end], |_, _| tokens);
        true
    }

    /// Cuts the first unit at `ends`.
    fn replace_first(&mut self, ends: &[usize], tokens: impl Fn(usize, usize) -> usize) {
        let Some(unit) = self.queue.pop_front() else { return };
        self.tokens -= unit.tokens;
        let mut at = 0;
        let mut parts = unit.split(ends);
        for (part, end) in parts.iter_mut().zip(ends) {
            part.tokens = tokens(at, *end).max(1);
            at = *end;
        }
        for part in parts.into_iter().rev() {
            self.tokens += part.tokens;
            self.queue.push_front(part);
        }
    }

    fn emit(&mut self, n: usize, text: String, tokens: usize) {
        let units: Vec<Unit> = self.queue.drain(..n).collect();
        self.tokens -= units.iter().map(|unit| unit.tokens).sum::<usize>();
        self.headings_alone = self.queue.iter().all(|unit| unit.kind == Kind::Heading);
        let mut core = Vec::new();
        for unit in &units {
            add_segments(&mut core, &unit.core);
        }
        let heading = heading(&units);
        self.keep_overlap(&units);
        let sentences = speak(self.options.sentence_chars, units);
        let chunk = Chunk { core, heading, text, tokens: tokens as u32, sentences };
        self.done.extend(self.last.replace(chunk));
    }

    /// Keeps the last sentences for the next chunk, as many as the overlap allows.
    fn keep_overlap(&mut self, units: &[Unit]) {
        self.overlap.clear();
        self.overlap_path = units.last().map(|unit| Arc::clone(&unit.path));
        let mut left = self.options.overlap_tokens.min(self.options.max_tokens / 4);
        for unit in units.iter().rev() {
            if unit.continues || unit.tokens > left || matches!(unit.kind, Kind::Heading | Kind::HeaderRow) {
                break;
            }
            left -= unit.tokens;
            self.overlap.insert(0, (unit.text.clone(), unit.tokens));
        }
    }
}

/// How bad it is to end a chunk between two units: 0 is a heading that follows.
fn break_cost(unit: &Unit, next: &Unit) -> f32 {
    if next.continues {
        0.8
    } else if unit.kind == Kind::Heading {
        // A heading does not stand at the end of a chunk.
        4.0
    } else if unit.kind == Kind::HeaderRow {
        2.0
    } else if next.kind == Kind::Heading {
        0.0
    } else if unit.kind == Kind::Caption && next.kind != Kind::Caption {
        0.5
    } else if !next.begins_block {
        0.3
    } else if next.stays_with(unit) {
        0.15
    } else {
        0.1
    }
}

/// What the paths of all units have in common, with the heading of its own that a chunk of one section begins with.
fn heading(units: &[Unit]) -> Vec<String> {
    let body = units.iter().filter(|unit| unit.kind != Kind::Heading);
    let mut common: Option<&[String]> = None;
    for unit in body {
        common = Some(match common {
            None => &unit.path,
            Some(path) if std::ptr::eq(path, &*unit.path) => path,
            Some(path) => &path[..path.iter().zip(unit.path.iter()).take_while(|(a, b)| a == b).count()],
        });
    }
    common.or_else(|| units.first().map(|unit| &*unit.path)).unwrap_or_default().to_vec()
}

/// The sentences of `units`: parts of one become one again, and short items and rows that follow each other speak with
/// one voice.
fn speak(short: usize, units: Vec<Unit>) -> Vec<Sentence> {
    let mut sentences: Vec<Sentence> = Vec::with_capacity(units.len());
    // The first of the short ones that are being joined, its kind, and how many characters they have.
    let mut run: Option<(usize, Kind, usize)> = None;
    for unit in units {
        if unit.continues
            && let Some(sentence) = sentences.last_mut()
        {
            if !unit.joined {
                sentence.text.push(' ');
            }
            sentence.text.push_str(&unit.text);
            let joined = sentence.segments.len();
            sentence.segments.extend(unit.segments);
            // The space between the two parts is the sentence's as well.
            if unit.touches
                && let [a, b, ..] = &mut sentence.segments[joined - 1..]
            {
                a.span.end = b.span.end;
                sentence.segments.remove(joined);
            }
            run = None;
            continue;
        }
        let text = unit.named.unwrap_or(unit.text);
        let joins = matches!(unit.kind, Kind::Item | Kind::Row | Kind::Line) && unit.embed;
        let chars = if joins { text.chars().take(short).count() } else { usize::MAX };
        if joins && chars < short {
            if let Some((first, kind, length)) = &mut run
                && *kind == unit.kind
                && *length + chars < JOINED
            {
                let speaker = &mut sentences[*first];
                speaker.text.push('\n');
                speaker.text.push_str(&text);
                speaker.speaks_for += 1;
                *length += chars + 1;
                sentences.push(Sentence { segments: unit.segments, text, embed: false, speaks_for: 0 });
                continue;
            }
            run = Some((sentences.len(), unit.kind, chars));
        } else {
            run = None;
        }
        sentences.push(Sentence { segments: unit.segments, text, embed: unit.embed, speaks_for: 1 });
    }
    sentences
}
