use std::collections::BTreeMap;

use serde::Deserialize;

use super::Usage;
use crate::{Error, ErrorKind, Result};

/// What a model costs, in US dollars for a million tokens. List prices: discounts, taxes and surcharges for long prompts are not in
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Of the prompt.
    pub input: f64,
    /// Of the prompt, what came from the cache.
    pub cached: f64,
    /// Of the prompt, what was written to the cache, for the shortest time that the provider keeps it; `None` where that costs as much
    /// as any other input.
    #[serde(default)]
    pub cache_write: Option<f64>,
    /// Of the answer.
    pub output: f64,
}

impl Price {
    /// What a request cost, in billionths of a dollar.
    pub fn cost_nano_usd(&self, usage: &Usage) -> u64 {
        // A dollar for a million tokens is a thousand billionths for each. Saturates; a price that is no number costs nothing.
        let nano = |price: f64, tokens: u64| ((price * 1e6).round() as u128).saturating_mul(u128::from(tokens)) / 1000;
        let cached = usage.cached_tokens.min(usage.input_tokens);
        let written = usage.cache_write_tokens.min(usage.input_tokens - cached);
        let parts = [
            (self.input, usage.input_tokens - cached - written),
            (self.cached, cached),
            (self.cache_write.unwrap_or(self.input), written),
            (self.output, usage.output_tokens),
        ];
        let whole = parts.into_iter().map(|(price, tokens)| nano(price, tokens)).fold(0, u128::saturating_add);
        u64::try_from(whole).unwrap_or(u64::MAX)
    }
}

/// What an answer cost, by list prices or the host's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Cost {
    /// In US dollars, as a decimal number of nine places: `0.012345678`.
    pub usd: String,
    /// The day of the list prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices_of: Option<String>,
}

impl Cost {
    /// Of so many billionths of a dollar.
    pub fn of_nano_usd(nano: u64, prices_of: Option<&str>) -> Self {
        Self { usd: dollars(nano), prices_of: prices_of.map(str::to_owned) }
    }
}

/// Billionths of a dollar as dollars: `0.012345678`.
pub fn dollars(nano: u64) -> String {
    format!("{}.{:09}", nano / 1_000_000_000, nano % 1_000_000_000)
}

/// Prices of models, by provider and name.
#[derive(Debug, Clone, Default)]
pub struct PriceList {
    prices: BTreeMap<(String, String), Price>,
    as_of: Option<String>,
}

#[derive(Deserialize)]
struct Table {
    as_of: String,
    providers: BTreeMap<String, Provider>,
}

#[derive(Deserialize)]
struct Provider {
    models: BTreeMap<String, Price>,
}

impl PriceList {
    /// The list prices that this version was made with.
    ///
    /// # Errors
    /// `provider.prices` when the table is damaged, which a test excludes.
    pub fn listed() -> Result<Self> {
        let table: Table = serde_json::from_str(include_str!("prices.json"))
            .map_err(|_| Error::new(ErrorKind::Internal, "provider.prices", "the table of prices cannot be read"))?;
        let of = |(provider, listed): (String, Provider)| {
            listed.models.into_iter().map(move |(model, price)| ((provider.clone(), model), price))
        };
        Ok(Self { prices: table.providers.into_iter().flat_map(of).collect(), as_of: Some(table.as_of) })
    }

    /// With a price of one's own, which comes before a listed one: of a contract, of a deployment.
    #[must_use]
    pub fn with(mut self, provider: &str, model: &str, price: Price) -> Self {
        self.prices.insert((provider.to_owned(), model.to_owned()), price);
        self
    }

    /// The day of the listed prices.
    pub fn as_of(&self) -> Option<&str> {
        self.as_of.as_deref()
    }

    /// The price of a model by its own name, or by its name without the date at its end. `None` when it is not known. For Azure
    /// OpenAI the model is the one that answered, unless the deployment has a price of its own.
    pub fn price(&self, provider: &str, model: &str) -> Option<Price> {
        let of = |model: &str| self.prices.get(&(provider.to_owned(), model.to_owned())).copied();
        of(model).or_else(|| of(without_date(model)?))
    }
}

/// `gpt-5.2-2025-12-11` and `claude-opus-4-5-20251101` without their dates.
fn without_date(model: &str) -> Option<&str> {
    for digits in ["-dddd-dd-dd", "-dddddddd"] {
        let at = model.len().checked_sub(digits.len())?;
        let (name, date) = model.split_at_checked(at)?;
        let fits = |(c, form): (char, char)| if form == 'd' { c.is_ascii_digit() } else { c == form };
        if date.chars().zip(digits.chars()).all(fits) && !name.is_empty() {
            return Some(name);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_price_is_plausible_and_has_a_day() {
        let list = PriceList::listed().unwrap();
        assert!(list.prices.len() > 40);
        for ((provider, model), price) in &list.prices {
            assert!(0.0 < price.cached && price.cached < price.input && price.input < price.output, "{provider} {model}");
            assert!(price.cache_write.is_none_or(|write| price.input < write && write < price.output), "{provider} {model}");
            assert!(price.output < 200.0, "{provider} {model}: dollars for a million tokens");
        }
        let day = list.as_of().unwrap();
        assert!(day.parse::<jiff::civil::Date>().is_ok(), "{day}");
    }

    #[test]
    fn a_model_is_found_by_its_name_with_and_without_a_date_and_an_unknown_one_has_no_price() {
        let list = PriceList::listed().unwrap();
        let input = |provider: &str, model: &str| list.price(provider, model).map(|price| price.input);
        assert_eq!(input("azure.ai.openai", "gpt-5.2"), Some(1.75));
        assert_eq!(input("azure.ai.openai", "gpt-5.2-2025-12-11"), Some(1.75));
        assert_eq!(input("anthropic", "claude-opus-4-5-20251101"), Some(5.0));
        assert_eq!(input("aws.bedrock", "eu.anthropic.claude-sonnet-5"), Some(2.2));
        for (provider, model) in [
            ("anthropic", "gpt-5.2"),
            ("openai_compatible", "llama3"),
            ("anthropic", "é-2025-12-1"),
            ("anthropic", "-20251101"),
            ("", ""),
        ] {
            assert_eq!(input(provider, model), None, "{model}");
        }
        let own =
            list.clone().with("azure.ai.openai", "audit-chat", Price { input: 1.0, cached: 0.5, cache_write: None, output: 2.0 });
        assert_eq!(own.price("azure.ai.openai", "audit-chat").unwrap().output, 2.0);
    }

    #[test]
    fn a_cost_is_exact_to_the_billionth_and_what_came_from_the_cache_costs_less() {
        let price = Price { input: 1.75, cached: 0.175, cache_write: None, output: 14.0 };
        let usage = Usage { input_tokens: 1000, cached_tokens: 400, cache_write_tokens: 0, output_tokens: 10 };
        // 600 × 1.75 µ$ + 400 × 0.175 µ$ + 10 × 14 µ$
        assert_eq!(price.cost_nano_usd(&usage), 1_050_000 + 70_000 + 140_000);
        let odd = Usage { input_tokens: 1, cached_tokens: 9, ..Usage::default() };
        assert_eq!(price.cost_nano_usd(&odd), 175);
        let most = Usage { input_tokens: u64::MAX, output_tokens: u64::MAX, ..Usage::default() };
        assert_eq!(price.cost_nano_usd(&most), u64::MAX);
        assert_eq!(Price { input: f64::INFINITY, output: 1e300, ..price }.cost_nano_usd(&most), u64::MAX);
        assert_eq!(Price { input: f64::NAN, ..price }.cost_nano_usd(&usage), 70_000 + 140_000);
    }

    #[test]
    fn what_was_written_to_the_cache_has_its_own_price_and_is_never_counted_twice() {
        let price = Price { input: 2.0, cached: 0.2, cache_write: Some(2.5), output: 10.0 };
        let usage = Usage { input_tokens: 1000, cached_tokens: 400, cache_write_tokens: 500, output_tokens: 0 };
        assert_eq!(price.cost_nano_usd(&usage), 100 * 2000 + 400 * 200 + 500 * 2500);
        let without = Price { cache_write: None, ..price };
        assert_eq!(without.cost_nano_usd(&usage), 600 * 2000 + 400 * 200, "as any other input");
        let odd = Usage { cache_write_tokens: u64::MAX, ..usage };
        assert_eq!(price.cost_nano_usd(&odd), 400 * 200 + 600 * 2500);
        let listed = PriceList::listed().unwrap().price("anthropic", "claude-sonnet-5").unwrap();
        assert_eq!(listed.cache_write, Some(2.5));
        let old: Usage = serde_json::from_str(r#"{"input_tokens": 5, "cached_tokens": 1, "output_tokens": 2}"#).unwrap();
        assert_eq!(old.cache_write_tokens, 0, "a record from before can be read");
    }
}
