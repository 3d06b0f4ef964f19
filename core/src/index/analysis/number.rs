//! Numbers in German, English and Swiss notation → one form each.

/// What a number as written may mean: digits with a point before the fraction, without trailing zeros of the fraction.
///
/// `1.234` and `1,234` have two readings, since both notations occur in one file; everything else has one.
pub(super) fn readings(written: &str) -> Vec<String> {
    let separators: Vec<char> = written.chars().filter(|c| !c.is_ascii_digit()).collect();
    let Some(&last) = separators.last() else { return vec![written.to_owned()] };
    let groups: Vec<&str> = written.split(|c: char| !c.is_ascii_digit()).collect();
    let head_fits = (1..=3).contains(&groups[0].len()) && !groups[0].starts_with('0');
    let grouped = |groups: &[&str]| head_fits && groups[1..].iter().all(|g| g.len() == 3);
    let tail = groups[groups.len() - 1];
    let mut out = Vec::new();
    let same = separators.iter().all(|&c| c == last);
    if same && grouped(&groups) {
        out.push(groups.concat());
    }
    let body = &groups[..groups.len() - 1];
    if separators.len() == 1 && last != '\'' {
        out.push(decimal(body[0], tail));
    } else if !same && last != '\'' && separators[..separators.len() - 1].iter().all(|&c| c == separators[0]) && grouped(body) {
        out.push(decimal(&body.concat(), tail));
    }
    out
}

/// `number` times ten to the power of `zeros`, in the form of [`readings`].
pub(super) fn scaled(number: &str, zeros: usize) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut digits = format!("{whole}{fraction}");
    let point = whole.len() + zeros;
    while digits.len() < point {
        digits.push('0');
    }
    let (whole, fraction) = digits.split_at(point);
    decimal(whole, fraction)
}

fn decimal(whole: &str, fraction: &str) -> String {
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        trimmed => trimmed,
    };
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

/// Zeros that a word behind or before an amount stands for.
pub(super) fn scale(word: &str) -> Option<usize> {
    Some(match word.to_ascii_lowercase().as_str() {
        "tsd" | "tausend" | "teur" | "keur" | "tusd" | "thousand" | "thousands" | "k" | "tchf" => 3,
        "mio" | "million" | "millionen" | "millions" | "mn" | "m" | "meur" => 6,
        "mrd" | "milliarde" | "milliarden" | "bn" | "billion" | "billions" => 9,
        _ => return None,
    })
}

/// Words that name a currency, in front of an amount.
pub(super) fn is_currency(word: &str) -> bool {
    matches!(word, "EUR" | "USD" | "CHF" | "GBP" | "JPY" | "SEK" | "NOK" | "DKK" | "PLN" | "CZK" | "HUF" | "DM" | "DEM" | "US")
}
