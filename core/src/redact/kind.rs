use std::{fmt, sync::Arc};

use crate::{Error, ErrorKind, Result};

/// Letters of a kind's label at most.
const LABEL_LETTERS: std::ops::RangeInclusive<usize> = 2..=16;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $label:literal,)*) => {
        /// What a piece of personal data is. Its label stands in the placeholder and in settings.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Kind {
            $($(#[$doc])* $name,)*
            /// Of an own list or pattern, with its label.
            Own(Arc<str>),
        }

        impl Kind {
            /// All but one's own.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];

            /// What stands in the placeholder: capital letters.
            pub fn label(&self) -> &str {
                match self {
                    $(Self::$name => $label,)*
                    Self::Own(label) => label,
                }
            }
        }
    };
}

kinds! {
    /// The name of a person.
    Person = "PERSON",
    /// Street and number, post code and town.
    Address = "ADDRESS",
    /// A telephone or fax number.
    Phone = "PHONE",
    /// An e-mail address.
    Email = "EMAIL",
    /// An account by its IBAN.
    Iban = "IBAN",
    /// A bank by its BIC.
    Bic = "BIC",
    /// A payment card.
    Card = "CARD",
    /// The German tax identification number of a person.
    TaxId = "TAXID",
    /// The number under which a German tax office keeps a file.
    TaxNumber = "TAXNUMBER",
    /// A VAT identification number.
    VatId = "VATID",
    /// The number of the German pension insurance, which is that of social security.
    SocialSecurity = "SOCIALSECURITY",
    /// The number of a person insured with a German health insurance.
    HealthInsurance = "HEALTHINSURANCE",
    /// A passport.
    Passport = "PASSPORT",
    /// An identity card.
    IdCard = "IDCARD",
    /// A German number plate.
    Plate = "PLATE",
    /// A date of birth.
    BirthDate = "BIRTHDATE",
    /// An address on the web that holds a user's name or password.
    Url = "URL",
    /// An IP address. Off unless it is switched on: numbers of sections look alike.
    Ip = "IP",
    /// Text that looks like a placeholder and is none.
    Literal = "LITERAL",
}

impl Kind {
    /// The kind behind a label; one's own where it is none of [`Kind::ALL`].
    ///
    /// # Errors
    /// `redact.label` for anything but 2 to 16 letters from A to Z.
    pub fn from_label(label: &str) -> Result<Self> {
        if let Some(kind) = Self::ALL.iter().find(|kind| kind.label() == label) {
            return Ok(kind.clone());
        }
        if LABEL_LETTERS.contains(&label.len()) && label.bytes().all(|b| b.is_ascii_uppercase()) {
            return Ok(Self::Own(label.into()));
        }
        Err(Error::new(
            ErrorKind::InvalidInput,
            "redact.label",
            "a label of placeholders has 2 to 16 capital letters from A to Z",
        )
        .with_hint("write it as CLIENT or PERSON"))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

impl serde::Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.label())
    }
}

impl<'de> serde::Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let label = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::from_label(&label).map_err(|error| serde::de::Error::custom(error.message()))
    }
}
