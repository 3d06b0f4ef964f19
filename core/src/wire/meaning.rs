use super::Failure;

/// What a provider means: the failure, and what is behind it in a word that stays, where the provider is known to mean just that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meaning {
    pub(crate) failure: Failure,
    /// `detail` of the error: `model_access`. [`explained`](crate::provider::explained) has a sentence for each.
    pub(crate) detail: Option<&'static str>,
}

impl From<Failure> for Meaning {
    fn from(failure: Failure) -> Self {
        Self { failure, detail: None }
    }
}

impl Failure {
    pub(crate) fn because(self, detail: &'static str) -> Meaning {
        Meaning { failure: self, detail: Some(detail) }
    }
}
