/// A finite number ≥ 0 in the 15 significant decimal digits that Excel computes with: `0.d₁d₂…` × 10^`point`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    /// Each 0 to 9, the first one not 0, the last one not 0; empty for zero.
    digits: Vec<u8>,
    point: i32,
}

impl Decimal {
    /// The absolute value of a finite number.
    pub(super) fn of(value: f64) -> Self {
        let scientific = format!("{:.14e}", value.abs());
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
        Self { digits, point: exponent.parse::<i32>().unwrap_or(0) + 1 }.trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        self.point -= zeros as i32;
        if self.digits.is_empty() {
            self.point = 0;
        }
        self
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Digits before the decimal sign; 0 or less when the number is below 1.
    pub(super) fn point(&self) -> i32 {
        self.point
    }

    /// Whether nothing stands behind the decimal sign.
    pub(super) fn is_integer(&self) -> bool {
        self.digits.len() as i32 <= self.point
    }

    /// The number × 10^`by`.
    pub(super) fn shifted(mut self, by: i32) -> Self {
        if !self.is_zero() {
            self.point += by;
        }
        self
    }

    /// Rounded to `places` behind the decimal sign, halves away from zero.
    pub(super) fn rounded(mut self, places: i32) -> Self {
        let keep = self.point + places;
        if keep >= self.digits.len() as i32 {
            return self;
        }
        if keep < 0 {
            return Self { digits: Vec::new(), point: 0 };
        }
        let up = self.digits[keep as usize] >= 5;
        self.digits.truncate(keep as usize);
        if up {
            let mut at = self.digits.len();
            loop {
                if at == 0 {
                    self.digits.insert(0, 1);
                    self.point += 1;
                    break;
                }
                at -= 1;
                if self.digits[at] < 9 {
                    self.digits[at] += 1;
                    break;
                }
                self.digits[at] = 0;
            }
        }
        self.trimmed()
    }

    /// The digits before the decimal sign, none for 0, and those behind it, without zeros at the end.
    pub(super) fn parts(&self) -> (String, String) {
        let digit =
            |index: i32| usize::try_from(index).ok().and_then(|i| self.digits.get(i)).map_or('0', |d| char::from(b'0' + d));
        let whole = (0..self.point).map(digit).collect();
        let behind = (self.point..self.digits.len() as i32).map(digit).collect();
        (whole, behind)
    }
}
